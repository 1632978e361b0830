using System.Collections.Frozen;

namespace Auricle.Text;

/// <summary>English chunks whose split follows no affix rule: contractions, clock times, and forms kept whole.</summary>
internal static class WordExceptions
{
    /// <summary>Chunk to its tokens, which joined give the chunk again.</summary>
    public static FrozenDictionary<string, string[]> Table { get; } = Build();

    private static FrozenDictionary<string, string[]> Build()
    {
        var table = new Dictionary<string, string[]>(StringComparer.Ordinal);
        AddContractions(table);
        AddNegations(table);
        foreach (var period in new[] { "am", "pm", "a.m.", "p.m." })
        {
            for (var hour = 1; hour <= 12; hour++)
                Add(table, $"{hour}", period);
        }
        Add(table, "can", "not");
        Add(table, "gon", "na");
        Add(table, "got", "ta");
        Add(table, "let", "'s");
        Add(table, "c'm", "on");
        Add(table, "y'", "all");
        Add(table, "y", "all");
        Add(table, "how", "'d", "'y");
        AddBothForms(table, "not", "'ve");

        // Real words that a dropped apostrophe would otherwise break.
        foreach (var word in Words("its ill were well hell shell shed whore"))
        {
            table.Remove(word);
            table.Remove(Capital(word));
        }
        foreach (var word in Words("o'clock ma'am 'cause 'cos 'coz 'cuz 'bout 'em 'll 'nuff 's 're 'd ol' doin' goin' nothin' nuthin' somethin' lovin' havin' ' '' "
            + "<3 <33 <333 =3 =| a.m. p.m. e.g. i.e. co. vs. v.s. and/or w/o"))
            table[word] = [word];
        for (var letter = 'a'; letter <= 'z'; letter++)
            table[$"{letter}."] = [$"{letter}."];
        return table.ToFrozenDictionary(StringComparer.Ordinal);
    }

    private static void AddContractions(Dictionary<string, string[]> table)
    {
        AddBothForms(table, "i", "'m");
        AddBothForms(table, "i", "'m", "a");
        foreach (var word in Words("i you he she it we they who what when where why how there that this these those"))
        {
            AddBothForms(table, word, "'ll");
            AddBothForms(table, word, "'ll", "'ve");
            AddBothForms(table, word, "'d");
            AddBothForms(table, word, "'d", "'ve");
        }
        foreach (var word in Words("i you we they who what when where why how there these those"))
            AddBothForms(table, word, "'ve");
        foreach (var word in Words("you we they who what when where why how there these those"))
            AddBothForms(table, word, "'re");
        foreach (var word in Words("he she it who what when where why how there that this"))
            AddBothForms(table, word, "'s");
    }

    private static void AddNegations(Dictionary<string, string[]> table)
    {
        foreach (var verb in Words("ca could do does did had may might must need ought sha should wo would ai are is was were have has dare"))
            AddBothForms(table, verb, "n't");
        foreach (var verb in Words("ca could do does did had may might must need ought sha should wo would"))
            AddBothForms(table, verb, "n't", "'ve");
        foreach (var verb in Words("could might must should would"))
            AddBothForms(table, verb, "'ve");
    }

    private static void AddBothForms(Dictionary<string, string[]> table, params string[] parts)
    {
        Add(table, parts);
        Add(table, Array.ConvertAll(parts, part => part.Replace("'", "", StringComparison.Ordinal)));
    }

    private static void Add(Dictionary<string, string[]> table, params string[] parts)
    {
        table[string.Concat(parts)] = parts;
        string[] capitalised = [Capital(parts[0]), .. parts[1..]];
        table[string.Concat(capitalised)] = capitalised;
    }

    private static string Capital(string word) => char.ToUpperInvariant(word[0]) + word[1..];

    private static string[] Words(string list) => list.Split(' ', StringSplitOptions.RemoveEmptyEntries);
}
