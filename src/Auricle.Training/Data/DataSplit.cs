namespace Auricle.Training;

/// <summary>What a clip of a corpus is for.</summary>
public enum DataSplit
{
    /// <summary>Learnt from.</summary>
    Train,

    /// <summary>Used to choose between models and moments.</summary>
    Validation,

    /// <summary>Used once, for the reported figures.</summary>
    Test,
}
