using Auricle.Cli.Outputs;

namespace Auricle.Cli.Captions;

/// <summary>Writes results in one format, each as it comes.</summary>
/// <param name="output">Where results go, disposed with the writer; <see langword="null"/> where the writer opens its own.</param>
internal abstract class CaptionWriter(RowOutput? output = null) : IDisposable
{
    /// <summary>Whether each sound has a file of its own.</summary>
    public virtual bool HasOwnFiles => false;

    /// <summary>Where the rows of an unfinished run are.</summary>
    public string? Place => output?.Place;

    /// <summary>Whether a file is in the output of an earlier run.</summary>
    public virtual bool IsDone(string file) => false;

    public abstract void Write(CaptionResult result);

    /// <summary>Writes what belongs behind the last result, also after an interruption.</summary>
    public virtual void Finish() { }

    /// <summary>Puts the output in its place at the end of a run.</summary>
    public void Complete() => output?.Complete();

    public void Dispose() => output?.Dispose();
}
