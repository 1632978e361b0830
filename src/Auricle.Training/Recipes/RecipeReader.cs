using Auricle.Models.Hub;
using YamlDotNet.RepresentationModel;

namespace Auricle.Training;

/// <summary>
/// Reads a recipe: YAML with dotted overrides (<c>optimizer.lr=3e-4</c>). Every key is asked for once, by the code that
/// uses it, with its default and what it takes; so the same code reads, lists and checks the settings. Problems are
/// gathered, and <see cref="Finish"/> reports them all, with every key that nobody asked for.
/// </summary>
/// <example>
/// <code>
/// var recipe = RecipeReader.FromFile("recipes/tiny.yaml", ["optimizer.lr=3e-4"]);
/// var optimizer = recipe.Section("optimizer");
/// var rate = optimizer.Number("lr", 5e-4, NumberRange.Positive);
/// recipe.Finish();
/// File.WriteAllText("runs/tiny/recipe.yaml", recipe.ToYaml());
/// </code>
/// </example>
public sealed partial class RecipeReader
{
    private readonly RecipeSource _source;
    private readonly YamlMappingNode? _mapping;
    private readonly string _prefix;
    private readonly Dictionary<string, object> _known = [];
    private readonly List<string> _order = [];

    private RecipeReader(RecipeSource source, YamlMappingNode? mapping, string prefix)
    {
        _source = source;
        _mapping = mapping;
        _prefix = prefix;
    }

    /// <summary>Reads a recipe file. Where it <c>extends</c> another, what it does not set is as that one says.</summary>
    /// <param name="path">The YAML file.</param>
    /// <param name="overrides">Settings of the form <c>section.key=value</c>, the later ones winning; the value is YAML.</param>
    /// <exception cref="RecipeException">The file or one it extends is missing or is no YAML mapping, or an override has no key.</exception>
    public static RecipeReader FromFile(string path, IEnumerable<string>? overrides = null)
    {
        ArgumentNullException.ThrowIfNull(path);
        if (!File.Exists(path))
            throw new RecipeException(new RecipeProblem("", path, null, $"There is no recipe '{path}'; give the path of a YAML file."));
        var source = new RecipeSource(path);
        return Create(source, source.LoadFile(path), overrides);
    }

    /// <summary>Reads a recipe from text.</summary>
    /// <param name="yaml">The YAML text; an empty one leaves every setting at its default.</param>
    /// <param name="overrides">Settings of the form <c>section.key=value</c>, the later ones winning; the value is YAML.</param>
    /// <param name="name">What messages call the recipe.</param>
    /// <exception cref="RecipeException">The text is no YAML mapping, or an override has no key.</exception>
    public static RecipeReader Parse(string yaml, IEnumerable<string>? overrides = null, string name = "the recipe")
    {
        ArgumentNullException.ThrowIfNull(yaml);
        var source = new RecipeSource(name);
        return Create(source, source.Load(yaml), overrides);
    }

    /// <summary>The recipe's file, or what messages call it.</summary>
    internal string Name => _source.Name;

    private static RecipeReader Create(RecipeSource source, YamlMappingNode root, IEnumerable<string>? overrides)
    {
        foreach (var setting in overrides ?? [])
            source.Override(root, setting);
        return source.Root = new RecipeReader(source, root, "");
    }

    /// <summary>The settings below a key; all at their defaults where the recipe does not have it.</summary>
    public RecipeReader Section(string key)
    {
        ArgumentException.ThrowIfNullOrEmpty(key);
        if (_known.TryGetValue(key, out var known))
            return (RecipeReader)known;
        var node = Find(key);
        if (node is not null and not YamlMappingNode && !RecipeSource.IsNull(node))
            Refuse(key, node, "a section with keys of its own");
        var section = new RecipeReader(_source, node as YamlMappingNode, _prefix + key + ".");
        Know(key, section);
        return section;
    }

    /// <summary>Whether the recipe or an override sets <paramref name="key"/>.</summary>
    public bool Has(string key) => Find(key) is { } node && !RecipeSource.IsNull(node);

    /// <summary>Records a problem that only shows when several settings are seen together; <see cref="Finish"/> reports it.</summary>
    /// <param name="key">The key of this section that is best changed.</param>
    /// <param name="expected">What would be right, in words.</param>
    public void Reject(string key, string expected)
    {
        var value = _known.TryGetValue(key, out var known) ? RecipeYaml.Inline(known) : null;
        _source.Problems.Add(new RecipeProblem(_prefix + key, value, expected,
            $"'{_prefix}{key}' of {_source.Name} is {value ?? "not set"}; expected {expected}."));
    }

    /// <summary>Reports every wrong value and every key that was not asked for, at once. Call it on the root, after reading.</summary>
    /// <exception cref="RecipeException">Something is wrong.</exception>
    public void Finish()
    {
        var problems = new List<RecipeProblem>(_source.Problems);
        FindUnknown(problems);
        if (problems.Count > 0)
            throw new RecipeException(problems);
        if (_source.IsOnlyChecked)
            throw new RecipeCheckedException();
    }

    /// <summary>Ends what reads this recipe where its settings are all known and right, before it opens a file: <see cref="Finish"/> then
    /// throws a <see cref="RecipeCheckedException"/>.</summary>
    internal void OnlyCheck() => _source.IsOnlyChecked = true;

    /// <summary>Finds the models that another reading of this recipe asked for, or fetches them with leave.</summary>
    /// <exception cref="ModelException">One of them has a name of the catalogue and is not here.</exception>
    internal void FindModels(RecipeReader earlier, ModelFetching? fetching)
    {
        foreach (var named in earlier._source.Models)
            _source.ModelPaths[named] = ModelCatalog.FindPart(named, fetching)!;
    }

    private string PathOf(string named)
    {
        if (named.Length > 0)
            _source.Models.Add(named);
        return _source.ModelPaths.GetValueOrDefault(named, named);
    }

    /// <summary>The settings as they were used, defaults included, as YAML in the order in which they were asked for.</summary>
    public string ToYaml() => RecipeYaml.Write(Resolved());

    /// <summary>The dotted names of all keys asked for so far.</summary>
    public IReadOnlyList<string> Keys =>
        [.. _order.SelectMany(key => _known[key] is RecipeReader section ? section.Keys : [_prefix + key])];

    private List<KeyValuePair<string, object>> Resolved() =>
        [.. _order.Select(key => KeyValuePair.Create(key, _known[key] is RecipeReader section ? section.Resolved() : _known[key]))];

    private void FindUnknown(List<RecipeProblem> problems)
    {
        foreach (var keyNode in _mapping?.Children.Keys ?? [])
        {
            var key = ((YamlScalarNode)keyNode).Value ?? "";
            if (_known.ContainsKey(key))
                continue;
            var nearest = EditDistance.Nearest(key, _order);
            var elsewhere = nearest is null ? _source.Root!.Keys.FirstOrDefault(name => name.EndsWith("." + key, StringComparison.Ordinal)) : null;
            var suggestion = nearest is null ? elsewhere : _prefix + nearest;
            var list = _order.Count == 0 ? "takes no keys" : "takes " + string.Join(", ", _order);
            problems.Add(new RecipeProblem(_prefix + key, null, suggestion,
                $"Unknown key '{_prefix}{key}' ({_source.Where(keyNode)})"
                + (suggestion is null ? "" : $"; did you mean '{suggestion}'?")
                + $"{(suggestion is null ? ";" : "")} {(_prefix.Length == 0 ? "the recipe" : $"'{_prefix.TrimEnd('.')}'")} {list}."));
        }
        foreach (var key in _order)
        {
            if (_known[key] is RecipeReader section)
                section.FindUnknown(problems);
        }
    }

    private YamlNode? Find(string key) =>
        _mapping is not null && _mapping.Children.TryGetValue(new YamlScalarNode(key), out var node) ? node : null;

    private void Know(string key, object value)
    {
        if (_known.TryAdd(key, value))
            _order.Add(key);
    }

    private void Refuse(string key, YamlNode? node, string expected)
    {
        var value = node is null ? null : RecipeYaml.Inline(node);
        var message = node is null
            ? $"'{_prefix}{key}' is missing from {_source.Name}; give it {expected}."
            : $"'{_prefix}{key}' is {value} ({_source.Where(node)}); expected {expected}.";
        var problem = new RecipeProblem(_prefix + key, value, expected, message);
        if (!_source.Problems.Contains(problem))
            _source.Problems.Add(problem);
    }

}
