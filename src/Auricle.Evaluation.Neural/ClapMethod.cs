namespace Auricle.Evaluation.Neural;

/// <summary>What a caption is compared with in the joint space of an audio-text model.</summary>
public enum ClapMethod
{
    /// <summary>Its references: the mean over them.</summary>
    Text,

    /// <summary>The sound itself; no reference is looked at.</summary>
    Audio,

    /// <summary>The mean of both.</summary>
    Combined,
}
