namespace Auricle.Torch.Checkpoints;

/// <summary>Words the errors of this folder in one way.</summary>
internal static class CheckpointError
{
    /// <param name="file">The file, or <see langword="null"/> where the bytes came from memory.</param>
    /// <param name="sentence">What is wrong, with values and remedy; it continues the sentence "Cannot read …:".</param>
    /// <param name="innerException">The cause, where another library reported it.</param>
    public static WeightsException Create(string? file, string sentence, Exception? innerException = null) =>
        new($"Cannot read {(file is null ? "the pickle" : $"checkpoint '{file}'")}: {sentence}", innerException) { File = file };

    /// <summary>Keeps a foreign, possibly hostile name short enough for a message.</summary>
    public static string Shorten(string text) => text.Length <= 80 ? text : string.Concat(text.AsSpan(0, 77), "...");
}
