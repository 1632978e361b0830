namespace Auricle.Models;

/// <summary>A folder as the hub has it: <c>config.json</c> and the weights, in one file or several.</summary>
internal static class ModelFolder
{
    public const string ConfigFile = "config.json";

    private static readonly string[] WeightFiles =
        ["model.safetensors", "model.safetensors.index.json", "pytorch_model.bin", "pytorch_model.bin.index.json"];

    /// <summary>The file to read weights from.</summary>
    /// <param name="path">A folder, or the file itself.</param>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    public static string FindWeights(string path)
    {
        if (File.Exists(path))
            return path;
        if (!Directory.Exists(path))
            throw new FileNotFoundException($"There is no model at '{path}'; give a folder with {ConfigFile} and weights.", path);
        return WeightFiles.Select(name => Path.Combine(path, name)).FirstOrDefault(File.Exists)
            ?? throw new FileNotFoundException(
                $"The model folder '{path}' has no weights; one of {string.Join(", ", WeightFiles)} belongs there.", path);
    }

    /// <summary>The configuration beside the weights.</summary>
    /// <exception cref="FileNotFoundException">The folder has none.</exception>
    public static string FindConfig(string folder)
    {
        var file = Path.Combine(folder, ConfigFile);
        return File.Exists(file) ? file : throw new FileNotFoundException(
            $"The model folder '{folder}' has no {ConfigFile}; fetch it from where the weights came from.", file);
    }
}
