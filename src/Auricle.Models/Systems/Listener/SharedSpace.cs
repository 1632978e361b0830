using Auricle.Models.Encoders.MobileNet;
using Auricle.Models.Encoders.Text;
using Auricle.Torch;
using Auricle.Torch.Layers;

namespace Auricle.Models.Systems.Listener;

/// <summary>The sizes of a <see cref="SharedSpace"/>.</summary>
public sealed record SharedSpaceConfig
{
    /// <summary>The size of every vector of the space.</summary>
    public int Width { get; init; } = 256;

    /// <summary>The width of the hidden layer on the side of sounds.</summary>
    public int AudioHidden { get; init; } = 512;

    /// <summary>The text encoder.</summary>
    public WordTowerConfig Text { get; init; } = new();

    /// <summary>Checks the numbers of a configuration file.</summary>
    internal void Check(ConfigRules rules)
    {
        rules.Within("space.width", Width, 1, ConfigRules.WidestLayer);
        rules.Within("space.audio_hidden", AudioHidden, 1, ConfigRules.WidestLayer);
        Text.Check(rules);
    }
}

/// <summary>The space that sounds and texts share: what an encoder hears and tags goes into it by two layers, a text by a <see cref="WordTower"/>.</summary>
public sealed class SharedSpace
{
    private readonly WindowedMobileNet _encoder;
    private readonly Linear _skip, _hidden, _output;
    private readonly Tensor _logScale;

    internal SharedSpace(SharedSpaceConfig config, WindowedMobileNet encoder, Weights weights)
    {
        Config = config;
        _encoder = encoder;
        var inputs = encoder.ClipWidth + encoder.Tags;
        var audio = weights / "audio";
        _skip = new Linear(audio / "skip", inputs, config.Width);
        _hidden = new Linear(audio / "hidden", inputs, config.AudioHidden);
        _output = new Linear(audio / "output", config.AudioHidden, config.Width);
        Text = new WordTower(config.Text, weights / "text", config.Width);
        _logScale = weights.Get("log_scale", [1], Initialisers.Constant(Math.Log(1 / 0.07)));
    }

    /// <summary>The sizes.</summary>
    public SharedSpaceConfig Config { get; }

    /// <summary>The text encoder.</summary>
    public WordTower Text { get; }

    /// <summary>What cosines are multiplied by in training, [1].</summary>
    public Tensor Scale => _logScale.Exp();

    /// <summary>What the side of sounds sees.</summary>
    /// <param name="means">Means of the network's map, [batch, map width].</param>
    /// <param name="tags">The network's tags before the sigmoid, [batch, tags].</param>
    /// <param name="own">The encoder's own tags, [batch, own tags].</param>
    /// <returns>[batch, map width + all tags].</returns>
    public Tensor Features(Tensor means, Tensor tags, Tensor own)
    {
        using var scope = TensorScope.Begin();
        return scope.Keep(Tensor.Cat([_encoder.Standardise(means), _encoder.ClipVector(tags, own)], 1));
    }

    /// <summary>The vectors of sounds.</summary>
    /// <param name="features">From <see cref="Features"/>.</param>
    /// <param name="training">Whether values are dropped.</param>
    /// <returns>[batch, width], of length 1.</returns>
    public Tensor EmbedAudio(Tensor features, bool training = false)
    {
        ArgumentNullException.ThrowIfNull(features);
        using var scope = TensorScope.Begin();
        var dropped = features.Dropout(0.2, training);
        return scope.Keep(Normalised(_skip.Forward(dropped).Add(_output.Forward(_hidden.Forward(dropped).Gelu().Dropout(0.2, training)))));
    }

    /// <summary>The vectors of texts.</summary>
    /// <param name="texts">At least one.</param>
    /// <param name="random">Given in training: see <see cref="WordTower.Forward"/>.</param>
    /// <returns>[texts, width], of length 1.</returns>
    public Tensor EmbedText(IReadOnlyList<string> texts, SplitMix64? random = null)
    {
        using var scope = TensorScope.Begin();
        return scope.Keep(Normalised(Text.Forward(texts, random)));
    }

    private static Tensor Normalised(Tensor vectors) => vectors.Div(vectors.Square().Sum([1], keepdim: true).Add(1e-12).Sqrt());
}
