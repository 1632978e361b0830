namespace Auricle.Models.Roles;

/// <summary>
/// A loaded model that hears. What it can do it says by the roles it plays: <see cref="ICaptioner"/>, <see cref="ITagger"/>,
/// <see cref="IAudioEmbedder"/>, <see cref="IFrameEmbedder"/>, <see cref="ITextEmbedder"/>, <see cref="IAudioTextModel"/>. One loaded
/// model serves concurrent callers.
/// </summary>
public interface IAudioModel : IModel
{
    /// <summary>The rate at which it hears, in hertz; clips of other rates are resampled.</summary>
    int SampleRate { get; }
}

/// <summary>A loaded model of any kind. It is disposed by whoever loaded it, after the last call returned.</summary>
public interface IModel : IDisposable;

/// <summary>What models can do.</summary>
[Flags]
public enum ModelRoles
{
    /// <summary>Nothing on its own.</summary>
    None = 0,

    /// <summary>Says in a sentence what is heard.</summary>
    Captions = 1,

    /// <summary>Gives the probabilities of labels it was trained for.</summary>
    Tags = 2,

    /// <summary>Gives a vector for a sound.</summary>
    EmbedsSound = 4,

    /// <summary>Gives a vector for each stretch of a sound.</summary>
    EmbedsFrames = 8,

    /// <summary>Gives a vector for a text.</summary>
    EmbedsText = 16,

    /// <summary>Its vectors of sounds and of texts lie in one space, so that it finds sounds by text and names them by any labels.</summary>
    Matches = 32,
}

/// <summary>Names and types of roles.</summary>
public static class ModelRole
{
    private static readonly (ModelRoles Role, Type Type, string Verb)[] Roles =
    [
        (ModelRoles.Captions, typeof(ICaptioner), "captions"),
        (ModelRoles.Tags, typeof(ITagger), "tags"),
        (ModelRoles.EmbedsSound, typeof(IAudioEmbedder), "embeds sound"),
        (ModelRoles.EmbedsFrames, typeof(IFrameEmbedder), "embeds frames"),
        (ModelRoles.EmbedsText, typeof(ITextEmbedder), "embeds text"),
        (ModelRoles.Matches, typeof(IAudioTextModel), "matches sound and text"),
    ];

    /// <summary>The roles that models of a type play.</summary>
    public static ModelRoles Of(Type type)
    {
        ArgumentNullException.ThrowIfNull(type);
        return Roles.Where(role => role.Type.IsAssignableFrom(type)).Aggregate(ModelRoles.None, (all, role) => all | role.Role);
    }

    /// <summary>The roles that a loaded model plays: those of its type, but a model without labels does not tag.</summary>
    public static ModelRoles Of(IModel model)
    {
        ArgumentNullException.ThrowIfNull(model);
        var roles = Of(model.GetType());
        return model is ITagger { Labels.Count: 0 } ? roles & ~ModelRoles.Tags : roles;
    }

    /// <summary>What roles do, as a list of verbs such as <c>captions, tags</c>.</summary>
    public static IReadOnlyList<string> Verbs(ModelRoles roles) => [.. Roles.Where(role => roles.HasFlag(role.Role)).Select(role => role.Verb)];
}
