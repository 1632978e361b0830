namespace Auricle.Training;

/// <summary>A recipe cannot be read, or holds keys or values that the training does not know.</summary>
public sealed class RecipeException : DataException
{
    /// <summary>Creates the error from everything that was found wrong.</summary>
    public RecipeException(IReadOnlyList<RecipeProblem> problems, Exception? innerException = null)
        : base(string.Join(Environment.NewLine, problems.Select(problem => problem.Message)), innerException) =>
        Problems = problems;

    /// <summary>Creates the error from one problem.</summary>
    public RecipeException(RecipeProblem problem, Exception? innerException = null) : this([problem], innerException) { }

    /// <inheritdoc/>
    public override bool IsRequest => true;

    /// <summary>Everything that was found wrong, in the order of the recipe.</summary>
    public IReadOnlyList<RecipeProblem> Problems { get; }
}

/// <summary>One thing that is wrong with a recipe.</summary>
/// <param name="Key">The dotted key, for example <c>optimizer.lr</c>.</param>
/// <param name="Value">The value as it was written, or <see langword="null"/> where the key itself is the problem.</param>
/// <param name="Expected">What the key takes, or the nearest known key where the key is unknown; <see langword="null"/> where nothing is near.</param>
/// <param name="Message">One sentence with the key, the value, where it was written and what is expected.</param>
public sealed record RecipeProblem(string Key, string? Value, string? Expected, string Message);

/// <summary>Every setting of a recipe is known and right, and nothing more was asked (<see cref="RecipeReader.OnlyCheck"/>).</summary>
#pragma warning disable CA1032, CA1064 // never leaves this library
internal sealed class RecipeCheckedException : Exception;
#pragma warning restore CA1032, CA1064
