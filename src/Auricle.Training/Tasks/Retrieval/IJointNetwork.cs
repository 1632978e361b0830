using Auricle.Torch;

namespace Auricle.Training;

/// <summary>What the training of a model that brings sounds and captions into one space needs to know of it.</summary>
internal interface IJointNetwork : IDisposable
{
    /// <summary>All weights.</summary>
    WeightStore Weights { get; }

    /// <summary>Whether a weight belongs to the audio encoder, whose vectors are computed once where it does not learn.</summary>
    bool IsOfAudioEncoder(Weight weight);

    /// <summary>What likenesses are divided by, [1], with its gradient where it learns.</summary>
    Tensor Temperature();

    /// <summary>Says what becomes of the temperature.</summary>
    /// <param name="learns">Whether it learns.</param>
    /// <param name="start">What it starts at; <see langword="null"/> leaves it as the model has it.</param>
    void LearnsTemperature(bool learns, double? start);

    /// <summary>The rate of the waves, in Hz.</summary>
    int SampleRate { get; }

    /// <summary>The samples of a wave.</summary>
    int ClipSamples { get; }

    /// <summary>What the vectors of the audio encoder depend on: its file and how it is used.</summary>
    string FeatureKey { get; }

    /// <summary>What the audio encoder gives for one sound, of any length.</summary>
    /// <returns>[vectors, width].</returns>
    Tensor Hear(float[] samples);

    /// <summary>The places of sounds whose encoder does not learn.</summary>
    /// <param name="features">What <see cref="Hear"/> gave.</param>
    /// <param name="clips">Their numbers.</param>
    /// <param name="training">Whether values are dropped.</param>
    /// <returns>[clips, space].</returns>
    Tensor EmbedFeatures(FrozenFeatures features, IReadOnlyList<int> clips, bool training);

    /// <summary>The places of sounds whose encoder learns.</summary>
    /// <returns>[kept, space].</returns>
    Tensor EmbedWaves(ClipBatch batch, bool training);

    /// <summary>The places of texts.</summary>
    /// <returns>[texts, space].</returns>
    Tensor EmbedTexts(IReadOnlyList<string> texts, bool training);

    /// <summary>Writes the model into a folder that <c>auricle</c> can load.</summary>
    void Save(string folder);
}
