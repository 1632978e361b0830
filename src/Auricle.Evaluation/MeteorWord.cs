using Auricle.Text;

namespace Auricle.Evaluation;

/// <summary>What METEOR needs to know of a word, looked up once; equal words of one run are the same object.</summary>
internal sealed class MeteorWord
{
    private readonly int[] _synsets;

    public MeteorWord(string text, MeteorResources resources)
    {
        Text = text;
        Stem = EnglishStemmer.Stem(text);
        IsFunction = resources.IsFunctionWord(text);
        _synsets = [.. resources.SynsetsOf(text).Concat(resources.BasesOf(text).SelectMany(resources.SynsetsOf)).Distinct().Order()];
    }

    public string Text { get; }

    public string Stem { get; }

    public bool IsFunction { get; }

    public bool IsSynonymOf(MeteorWord other)
    {
        for (int i = 0, j = 0; i < _synsets.Length && j < other._synsets.Length;)
        {
            if (_synsets[i] == other._synsets[j])
                return true;
            _ = _synsets[i] < other._synsets[j] ? i++ : j++;
        }
        return false;
    }
}
