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
