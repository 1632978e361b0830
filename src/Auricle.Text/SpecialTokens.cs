namespace Auricle.Text;

/// <summary>The four tokens every caption vocabulary starts with; their ids are their places in the list.</summary>
public static class SpecialTokens
{
    /// <summary>Fills a caption up to the length of its batch; id 0.</summary>
    public const string Padding = "<pad>";

    /// <summary>Begins a caption; id 1.</summary>
    public const string Begin = "<bos>";

    /// <summary>Ends a caption; id 2.</summary>
    public const string End = "<eos>";

    /// <summary>Stands for a word outside the vocabulary; id 3.</summary>
    public const string Unknown = "<unk>";

    /// <summary>Id of <see cref="Padding"/>.</summary>
    public const int PaddingId = 0;

    /// <summary>Id of <see cref="Begin"/>.</summary>
    public const int BeginId = 1;

    /// <summary>Id of <see cref="End"/>.</summary>
    public const int EndId = 2;

    /// <summary>Id of <see cref="Unknown"/>.</summary>
    public const int UnknownId = 3;

    /// <summary>The four tokens in id order.</summary>
    public static IReadOnlyList<string> All { get; } = [Padding, Begin, End, Unknown];

    internal static string Delete(string text)
    {
        foreach (var token in All)
            text = text.Replace(token, "", StringComparison.Ordinal);
        return text;
    }
}
