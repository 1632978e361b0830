namespace Auricle.Training;

/// <summary>One sound with what is heard in it.</summary>
/// <param name="Samples">The mono samples, full scale 1.</param>
/// <param name="Content">What is heard.</param>
public sealed record TrainingExample(float[] Samples, MixtureContent Content)
{
    /// <summary>The class numbers: of a sequence in order, of simultaneous sounds the stronger first.</summary>
    public int[] Labels => Content.Labels;

    /// <summary>One sentence.</summary>
    public string Caption => Content.Caption;
}
