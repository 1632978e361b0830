using Auricle.Models;
using Auricle.Models.Hub;
using Auricle.Models.Roles;
using Auricle.Torch;
using Microsoft.Extensions.AI;

namespace Auricle;

/// <summary>
/// Makes vectors of texts; those of a model whose space sound and text share lie close to the sounds that the texts describe. A loaded
/// embedder serves any number of threads at once; it is disposed by whoever loaded it, after the last call returned.
/// </summary>
/// <example>
/// <code source="../../samples/EmbedSound/Program.cs" language="csharp"/>
/// </example>
public sealed class TextEmbedder : IEmbeddingGenerator<string, Embedding<float>>
{
    private const int AtATime = 32;

    private readonly AudioModel _owner;
    private readonly ITextEmbedder _model;
    private readonly bool _isOwner;

    private TextEmbedder(AudioModel model, bool isOwner)
    {
        _owner = model;
        _isOwner = isOwner;
        _model = model.As<ITextEmbedder>();
    }

    /// <summary>Embeds with a model that is loaded already; it stays the caller's.</summary>
    /// <exception cref="RoleMissingException">The model does not embed text.</exception>
    public TextEmbedder(AudioModel model) : this(model ?? throw new ArgumentNullException(nameof(model)), isOwner: false)
    {
    }

    /// <summary>The model's name and place.</summary>
    public LocatedModel Model => _owner.Source;

    /// <summary>The size of each vector.</summary>
    public int Width => _model.EmbeddingWidth;

    /// <summary>Loads a model.</summary>
    /// <param name="name">A name out of <see cref="ModelCatalog.List"/>, a folder or a checkpoint.</param>
    /// <param name="options">Precision, device, threads, and the tokenizer of a checkpoint that comes without one; float32 where they are left out, since vectors of bfloat16 depend a little on what they share a batch with.</param>
    /// <exception cref="ModelNotFoundException">There is no such model on this machine.</exception>
    /// <exception cref="RoleMissingException">The model does not embed text.</exception>
    /// <exception cref="ModelException">The model's files are damaged, do not fit each other, or are those of no system that is known.</exception>
    /// <exception cref="TorchNotFoundException">libtorch or Auricle's native library is missing.</exception>
    /// <exception cref="TorchException">A GPU is asked for and there is none.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The number of threads is not positive.</exception>
    public static TextEmbedder Load(string name, AudioModelOptions? options = null) =>
        AudioModel.LoadAs(name, options ?? new AudioModelOptions { Precision = Precision.Float32 }, model => new TextEmbedder(model, isOwner: true));

    /// <summary>The vectors of texts. A text has the same vector alone and among others; one that is longer than the model takes is cut.</summary>
    /// <param name="texts">The texts, an empty one included.</param>
    /// <param name="options">Whether vectors are brought to length 1.</param>
    /// <param name="cancellationToken">Looked at between batches.</param>
    /// <returns>A vector for each text, in their order, as soon as it is made.</returns>
    public IEnumerable<float[]> Embed(IEnumerable<string> texts, EmbedOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(texts);
        return EmbedEach(texts, (options ?? new EmbedOptions()).Normalise, cancellationToken);
    }

    /// <summary>The vectors of texts, of length 1, on the thread pool.</summary>
    /// <param name="values">The texts, an empty one included.</param>
    /// <param name="options">Its dimensions, where they are given, must be the model's.</param>
    /// <param name="cancellationToken">Looked at between batches.</param>
    /// <exception cref="ArgumentException">Other dimensions or another model are asked for.</exception>
    public Task<GeneratedEmbeddings<Embedding<float>>> GenerateAsync(
        IEnumerable<string> values, EmbeddingGenerationOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(values);
        GeneratedVectors.Check(options, Model.Name, Width);
        return Task.Run(() => GeneratedVectors.From(Embed(values, null, cancellationToken), Model.Name, cancellationToken), cancellationToken);
    }

    /// <summary>This embedder, the model's roles, or what they are called.</summary>
    public object? GetService(Type serviceType, object? serviceKey = null) => GeneratedVectors.Service(this, _owner, _model, Width, serviceType, serviceKey);

    /// <summary>Releases the weights of a model that was loaded with <see cref="Load"/>.</summary>
    public void Dispose()
    {
        if (_isOwner)
            _owner.Dispose();
    }

    private IEnumerable<float[]> EmbedEach(IEnumerable<string> texts, bool normalise, CancellationToken cancellationToken)
    {
        foreach (var some in texts.Chunk(AtATime))
        {
            cancellationToken.ThrowIfCancellationRequested();
            foreach (var vector in Vectors(some))
            {
                if (normalise)
                    GeneratedVectors.Normalise(vector);
                yield return vector;
            }
        }
    }

    private float[][] Vectors(string[] texts)
    {
        using var scope = TensorScope.Begin();
        return [.. _model.EmbedText(texts).ToArray<float>().Chunk(Width)];
    }
}
