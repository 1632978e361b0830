namespace Auricle.Training;

/// <summary>A recipe of a folder.</summary>
/// <param name="Name">The file's name without its ending.</param>
/// <param name="Path">The file.</param>
/// <param name="Header">The comment that it begins with: what is trained, and the figures to expect.</param>
public sealed record RecipeEntry(string Name, string Path, IReadOnlyList<string> Header);

/// <summary>The recipes that can be named without their path.</summary>
public static class RecipeCatalog
{
    private const string FolderName = "recipes", Ending = ".yaml";

    /// <summary>The folder of recipes: <c>recipes</c> in the current folder or one above it, else above the program.</summary>
    /// <exception cref="RecipeException">There is none.</exception>
    public static string Folder()
    {
        foreach (var start in new[] { Directory.GetCurrentDirectory(), AppContext.BaseDirectory })
        {
            for (var folder = start; folder is not null; folder = Path.GetDirectoryName(folder))
            {
                var recipes = Path.Combine(folder, FolderName);
                if (Directory.Exists(recipes) && Directory.EnumerateFiles(recipes, "*" + Ending).Any())
                    return Path.GetRelativePath(Directory.GetCurrentDirectory(), recipes) is { } near && !near.StartsWith("..", StringComparison.Ordinal) ? near : recipes;
            }
        }
        throw new RecipeException(new RecipeProblem("", null, null,
            $"There is no folder '{FolderName}' with recipes in '{Directory.GetCurrentDirectory()}' or above it; give the path of a recipe, or go to the folder that holds '{FolderName}'."));
    }

    /// <summary>The recipes of a folder, by name; files that others extend and that have no task of their own are none.</summary>
    public static IReadOnlyList<RecipeEntry> All(string folder)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        return [.. Directory.EnumerateFiles(folder, "*" + Ending).Order(StringComparer.Ordinal)
            .Where(path => File.ReadLines(path).Any(line => line.StartsWith("task:", StringComparison.Ordinal) || line.StartsWith("extends:", StringComparison.Ordinal)))
            .Select(Read)];
    }

    /// <summary>A recipe by its name or path.</summary>
    /// <exception cref="RecipeException">There is none.</exception>
    public static RecipeEntry Find(string nameOrPath)
    {
        ArgumentException.ThrowIfNullOrEmpty(nameOrPath);
        if (File.Exists(nameOrPath))
            return Read(nameOrPath);
        if (nameOrPath.Contains(Path.DirectorySeparatorChar, StringComparison.Ordinal))
            throw new RecipeException(new RecipeProblem("", nameOrPath, null, $"There is no recipe '{nameOrPath}'; give the path of a YAML file."));
        var all = All(Folder());
        var name = nameOrPath.EndsWith(Ending, StringComparison.Ordinal) ? nameOrPath[..^Ending.Length] : nameOrPath;
        if (all.FirstOrDefault(recipe => recipe.Name == name) is { } found)
            return found;
        var nearest = EditDistance.Nearest(name, [.. all.Select(recipe => recipe.Name)]);
        throw new RecipeException(new RecipeProblem("", nameOrPath, nearest,
            $"There is no recipe '{nameOrPath}'; {(nearest is null ? "" : $"did you mean '{nearest}'? ")}There are {string.Join(", ", all.Select(recipe => recipe.Name))}."));
    }

    private static RecipeEntry Read(string path) => new(Path.GetFileNameWithoutExtension(path), path,
        [.. File.ReadLines(path).TakeWhile(line => line.StartsWith('#')).Select(line => line.TrimStart('#').Trim())]);
}
