using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Auricle.Training;

/// <summary>The parsed text behind all sections of one recipe, and what was found wrong in it.</summary>
internal sealed class RecipeSource(string name)
{
    private const string Extends = "extends";

    private const int LongestChain = 16;

    private readonly HashSet<YamlNode> _overrides = new(ReferenceEqualityComparer.Instance);
    private readonly Dictionary<YamlNode, long> _lines = new(ReferenceEqualityComparer.Instance);
    private readonly Dictionary<YamlNode, string> _inherited = new(ReferenceEqualityComparer.Instance); // keys of another file, and which

    public string Name => name;

    public List<RecipeProblem> Problems { get; } = [];

    public RecipeReader? Root { get; set; }

    public bool IsOnlyChecked { get; set; }

    /// <summary>The models that were asked for, as the recipe names them.</summary>
    public HashSet<string> Models { get; } = new(StringComparer.Ordinal);

    /// <summary>Where those of them lie that have been found.</summary>
    public Dictionary<string, string> ModelPaths { get; } = new(StringComparer.Ordinal);

    /// <summary>Whether a node says "nothing": <c>key:</c>, <c>key: null</c> or <c>key: ~</c>.</summary>
    public static bool IsNull(YamlNode node) =>
        node is YamlScalarNode { Style: ScalarStyle.Plain or ScalarStyle.Any, Value: null or "" or "~" or "null" or "Null" or "NULL" };

    public YamlMappingNode Load(string yaml) => Load(yaml, name);

    /// <summary>Reads a file and, below what it says, the recipe that its key <c>extends</c> names, as seen from its folder.</summary>
    public YamlMappingNode LoadFile(string path) => LoadFile(path, []);

    private YamlMappingNode LoadFile(string path, string[] above)
    {
        var root = Load(RecipeText.Read(path), path);
        var key = new YamlScalarNode(Extends);
        if (!root.Children.Remove(key, out var value))
            return root;
        string[] chain = [.. above, Path.GetFullPath(path)];
        var named = value is YamlScalarNode { Value.Length: > 0 } scalar && !IsNull(scalar)
            ? Path.Combine(Path.GetDirectoryName(path) ?? "", scalar.Value)
            : throw Wrong("expected the path of a recipe, as seen from this one's folder");
        if (!File.Exists(named))
            throw Wrong($"there is no recipe '{named}'");
        if (chain.Contains(Path.GetFullPath(named)))
            throw Wrong("a recipe cannot extend itself");
        if (chain.Length > LongestChain)
            throw Wrong($"more than {LongestChain} recipes extend one another");
        var inherited = LoadFile(named, chain);
        foreach (var node in inherited.AllNodes)
            _inherited.TryAdd(node, named);
        Merge(inherited, root);
        return inherited;

        RecipeException Wrong(string what) => new(new RecipeProblem(Extends, RecipeYaml.Inline(value), "the path of a recipe",
            $"'{Extends}' of {path} is {RecipeYaml.Inline(value)}; {what}."));
    }

    private YamlMappingNode Load(string yaml, string what) => Parse(yaml, what) switch
    {
        YamlMappingNode mapping => mapping,
        null => new YamlMappingNode(),
        { } node when IsNull(node) => new YamlMappingNode(),
        { } node => throw new RecipeException(new RecipeProblem("", RecipeYaml.Inline(node), "a mapping",
            $"{what} holds {RecipeYaml.Inline(node)}, not settings; write lines of the form 'key: value'.")),
    };

    private static void Merge(YamlMappingNode below, YamlMappingNode above)
    {
        foreach (var (key, value) in above.Children)
        {
            if (value is YamlMappingNode section && below.Children.TryGetValue(key, out var other) && other is YamlMappingNode inherited)
            {
                Merge(inherited, section);
                continue;
            }
            below.Children.Remove(key);
            below.Add(key, value);
        }
    }

    /// <summary>Puts one <c>section.key=value</c> into the tree.</summary>
    public void Override(YamlMappingNode root, string setting)
    {
        var split = setting.IndexOf('=', StringComparison.Ordinal);
        var keys = split < 0 ? [] : setting[..split].Trim().Split('.');
        if (keys.Length == 0 || keys.Any(string.IsNullOrWhiteSpace))
            throw new RecipeException(new RecipeProblem(setting, null, "key=value", $"'{setting}' is no setting; write it as section.key=value."));

        var mapping = root;
        foreach (var key in keys[..^1])
        {
            var keyNode = new YamlScalarNode(key);
            if (!mapping.Children.TryGetValue(keyNode, out var child) || IsNull(child))
            {
                child = new YamlMappingNode();
                mapping.Children.Remove(keyNode);
                mapping.Add(keyNode, child);
                _overrides.Add(keyNode);
            }
            mapping = child as YamlMappingNode ?? throw new RecipeException(new RecipeProblem(key, RecipeYaml.Inline(child), "a section",
                $"The setting '{setting}' goes below '{key}', which {name} sets to {RecipeYaml.Inline(child)}; set '{key}' itself instead."));
        }

        var last = new YamlScalarNode(keys[^1]);
        var value = Parse(setting[(split + 1)..], $"the setting '{setting}'") ?? new YamlScalarNode("");
        mapping.Children.Remove(last);
        mapping.Add(last, value);
        _overrides.Add(last);
        _overrides.Add(value);
    }

    public string Where(YamlNode node) => _overrides.Contains(node)
        ? "on the command line"
        : $"line {_lines.GetValueOrDefault(node)} of {_inherited.GetValueOrDefault(node, name)}";

    private YamlNode? Parse(string yaml, string what) => RecipeText.Parse(yaml, what, _lines);
}
