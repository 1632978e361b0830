using System.Collections;

namespace Auricle.Text;

/// <summary>Typed reading of one level of a state record, with errors that name the field.</summary>
internal readonly struct StateFields(IDictionary values, string path)
{
    public string Text(string name) => Get<string>(name, "a text");

    public string Text(string name, string absent) => values.Contains(name) ? Text(name) : absent;

    public bool Flag(string name) => Get<bool>(name, "true or false");

    public IDictionary Dictionary(string name) => Get<IDictionary>(name, "a dictionary");

    public StateFields Record(string name) => new(Dictionary(name), $"{path}{name}.");

    public long Integer(string name) => AsInteger(Value(name)) ?? throw WrongType(name, "a whole number");

    public string[] Texts(string name)
    {
        var field = this;
        return [.. Get<IList>(name, "a list").Cast<object?>().Select(item => item as string ?? throw field.WrongType(name, "a list of texts"))];
    }

    public void Require(string name, string expected)
    {
        var value = Text(name, expected);
        if (value != expected)
            throw new TokenizerStateException(path + name, $"The tokenizer state has {path}{name} = '{value}', but only '{expected}' is supported.");
    }

    public static long? AsInteger(object? value) => value switch
    {
        int number => number,
        long number => number,
        short number => number,
        byte number => number,
        uint number => number,
        System.Numerics.BigInteger number when number >= long.MinValue && number <= long.MaxValue => (long)number,
        _ => null,
    };

    private T Get<T>(string name, string kind) => Value(name) is T value ? value : throw WrongType(name, kind);

    private object? Value(string name) => values.Contains(name)
        ? values[name]
        : throw new TokenizerStateException(path + name, $"The tokenizer state has no field '{path}{name}'; the file is damaged or of another version.");

    private TokenizerStateException WrongType(string name, string kind) =>
        new(path + name, $"The tokenizer state's field '{path}{name}' is '{values[name] ?? "null"}', but {kind} belongs there; the file is damaged or of another version.");
}
