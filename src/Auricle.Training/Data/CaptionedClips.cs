namespace Auricle.Training;

/// <summary>A sound with its captions.</summary>
/// <param name="Id">Names the sound within its data set.</param>
/// <param name="Path">The file.</param>
/// <param name="Captions">What is said of it, at least one text.</param>
public sealed record CaptionedClip(string Id, string Path, IReadOnlyList<string> Captions)
{
    /// <summary>The style of its captions: the data set it comes from, and the source within that where it has several.</summary>
    public string Task { get; init; } = "";
}

/// <summary>Sounds with captions, by what they are for.</summary>
/// <param name="Train">To learn from.</param>
/// <param name="Validation">To choose by.</param>
/// <param name="Test">To report.</param>
public sealed record CaptionedClips(IReadOnlyList<CaptionedClip> Train, IReadOnlyList<CaptionedClip> Validation, IReadOnlyList<CaptionedClip> Test)
{
    /// <summary>To learn from beside <see cref="Train"/>, where a recipe aims at one data set.</summary>
    public IReadOnlyList<CaptionedClip> Others { get; init; } = [];

    /// <summary>Reads the section <c>data</c> of a recipe; opens no file.</summary>
    /// <param name="recipe">The recipe's root.</param>
    /// <returns>Reads the lists of clips; their sounds are not opened.</returns>
    /// <exception cref="CorpusException">From what is returned: the data are missing or damaged.</exception>
    internal static Func<CaptionedClips> Read(RecipeReader recipe)
    {
        var data = recipe.Section("data");
        var folder = data.RequiredText("folder", "the folder of manifest.csv");
        var about = data.OptionalText("about");
        return () => OfCorpus(SoundData.LoadCorpus(folder, about));
    }

    /// <summary>
    /// The clips of a corpus of labelled sounds. Every caption of a label is one of each of its sounds, so that a caption has as many
    /// matches as its label has sounds.
    /// </summary>
    public static CaptionedClips OfCorpus(SoundCorpus corpus)
    {
        ArgumentNullException.ThrowIfNull(corpus);
        return new CaptionedClips(Of(DataSplit.Train), Of(DataSplit.Validation), Of(DataSplit.Test));

        IReadOnlyList<CaptionedClip> Of(DataSplit split) =>
            [.. corpus.ClipsOf(split).Select(clip => new CaptionedClip(clip.File, corpus.PathOf(clip), corpus.Captions[clip.Label]))];
    }
}
