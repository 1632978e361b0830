using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using YamlDotNet.RepresentationModel;

namespace Auricle.Training;

/// <content>The kinds of values a recipe holds.</content>
public sealed partial class RecipeReader
{
    private delegate bool Reader<T>(string text, [MaybeNullWhen(false)] out T value);

    /// <summary>A number.</summary>
    public double Number(string key, double fallback, NumberRange? range = null)
    {
        var within = range ?? NumberRange.Any;
        return Scalar(key, fallback, $"a number{within}", (string text, out double value) => IsNumber(text, within, out value));
    }

    /// <summary>A number that may be left out (<c>null</c> in the recipe).</summary>
    public double? OptionalNumber(string key, double? fallback = null, NumberRange? range = null)
    {
        var within = range ?? NumberRange.Any;
        return Optional(key, fallback, $"a number{within}, or null",
            (string text, out double? value) => (value = IsNumber(text, within, out var number) ? number : null) is not null);
    }

    /// <summary>A whole number.</summary>
    public int WholeNumber(string key, int fallback, NumberRange? range = null)
    {
        var within = range ?? NumberRange.Any;
        return Scalar(key, fallback, $"a whole number{within}", (string text, out int value) =>
            int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out value) && within.Contains(value));
    }

    /// <summary>A whole number that may be left out (<c>null</c> in the recipe).</summary>
    public int? OptionalWholeNumber(string key, int? fallback = null, NumberRange? range = null)
    {
        var within = range ?? NumberRange.Any;
        return Optional(key, fallback, $"a whole number{within}, or null", (string text, out int? value) =>
            (value = int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number)
                && within.Contains(number) ? number : null) is not null);
    }

    /// <summary><c>true</c> or <c>false</c>.</summary>
    public bool Flag(string key, bool fallback) =>
        Scalar(key, fallback, "true or false", (string text, out bool value) => bool.TryParse(text, out value));

    /// <summary>A text with a default.</summary>
    public string Text(string key, string fallback) =>
        Scalar(key, fallback, "a text", (string text, [MaybeNullWhen(false)] out string value) => (value = text) is not null);

    /// <summary>A text that the recipe must give.</summary>
    /// <param name="key">The key in this section.</param>
    /// <param name="what">What the text is, in words, for the message where it is missing: "the data folder".</param>
    /// <returns>The text, or an empty one where it is missing and <see cref="Finish"/> will say so.</returns>
    public string RequiredText(string key, string what)
    {
        if (Has(key))
            return Text(key, "");
        Refuse(key, Find(key), what);
        Know(key, "");
        return "";
    }

    /// <summary>A text that may be left out (<c>null</c> in the recipe).</summary>
    public string? OptionalText(string key, string? fallback = null) =>
        Optional(key, fallback, "a text, or null", (string text, out string? value) => (value = text) is not null);

    /// <summary>A model, or a part of one, that the recipe must name: a path, or a name of the catalogue.</summary>
    /// <param name="key">The key in this section.</param>
    /// <param name="what">What it is, in words, for the message where it is missing.</param>
    /// <returns>Its path, where it has been found by its name; else what the recipe says. The recipe keeps the name.</returns>
    public string RequiredModel(string key, string what) => PathOf(RequiredText(key, what));

    /// <summary>As <see cref="RequiredModel"/>, for one that may be left out.</summary>
    public string? OptionalModel(string key) => OptionalText(key) is { } named ? PathOf(named) : null;

    /// <summary>One of the names of an enumeration, written in lower case.</summary>
    public T Choice<T>(string key, T fallback) where T : struct, Enum
    {
        var names = Enum.GetNames<T>();
        var value = Scalar(key, Written(fallback), "one of " + string.Join(", ", names.Select(Lower)),
            (string text, [MaybeNullWhen(false)] out string name) =>
                (name = Array.Find(names, candidate => Lower(candidate) == text) is { } found ? Lower(found) : null) is not null);
        return Enum.Parse<T>(Array.Find(names, candidate => Lower(candidate) == value)!);

        static string Lower(string name) => string.Concat(name.Select((letter, index) =>
            char.IsUpper(letter) && index > 0 ? "_" + char.ToLowerInvariant(letter) : char.ToLowerInvariant(letter).ToString()));
        static string Written(T value) => Lower(value.ToString());
    }

    /// <summary>One of the listed texts.</summary>
    public string Choice(string key, string fallback, IReadOnlyCollection<string> choices) =>
        Scalar(key, fallback, "one of " + string.Join(", ", choices),
            (string text, [MaybeNullWhen(false)] out string value) => choices.Contains(value = text));

    /// <summary>A list of numbers.</summary>
    public IReadOnlyList<double> Numbers(string key, IReadOnlyList<double> fallback, NumberRange? range = null)
    {
        var within = range ?? NumberRange.Any;
        return List(key, fallback, $"a list of numbers{(within.ToString() is { Length: > 0 } limits ? ", each" + limits : "")}",
            (string text, out double value) => IsNumber(text, within, out value));
    }

    /// <summary>A list of whole numbers.</summary>
    public IReadOnlyList<int> WholeNumbers(string key, IReadOnlyList<int> fallback, NumberRange? range = null)
    {
        var within = range ?? NumberRange.Any;
        return List(key, fallback, $"a list of whole numbers{(within.ToString() is { Length: > 0 } limits ? ", each" + limits : "")}",
            (string text, out int value) =>
                int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out value) && within.Contains(value));
    }

    /// <summary>A list of texts.</summary>
    public IReadOnlyList<string> Texts(string key, IReadOnlyList<string> fallback) =>
        List(key, fallback, "a list of texts", (string text, [MaybeNullWhen(false)] out string value) => (value = text) is not null);

    private static bool IsNumber(string text, NumberRange within, out double value) =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out value) && within.Contains(value);

    private T Scalar<T>(string key, T fallback, string expected, Reader<T> reader) where T : notnull
    {
        var value = fallback;
        if (Find(key) is { } node)
        {
            if (!RecipeSource.IsNull(node) && node is YamlScalarNode { Value: { } text } && reader(text, out var read))
                value = read;
            else
                Refuse(key, node, expected);
        }
        Know(key, value);
        return value;
    }

    private T? Optional<T>(string key, T? fallback, string expected, Reader<T?> reader)
    {
        var value = fallback;
        if (Find(key) is { } node)
        {
            if (RecipeSource.IsNull(node))
                value = default;
            else if (node is YamlScalarNode { Value: { } text } && reader(text, out var read))
                value = read;
            else
                Refuse(key, node, expected);
        }
        Know(key, value is null ? RecipeYaml.Null : value);
        return value;
    }

    private IReadOnlyList<T> List<T>(string key, IReadOnlyList<T> fallback, string expected, Reader<T> reader) where T : notnull
    {
        var values = fallback;
        if (Find(key) is { } node)
        {
            var items = new List<T>();
            foreach (var child in node is YamlSequenceNode sequence ? sequence.Children : [node])
            {
                if (child is YamlScalarNode { Value: { } text } && !RecipeSource.IsNull(child) && reader(text, out var item))
                    items.Add(item);
                else
                    Refuse(key, node, expected);
            }
            values = items;
        }
        Know(key, values.Cast<object>().ToList());
        return values;
    }
}
