namespace Auricle.Evaluation;

/// <summary>A sentence with tags and a tree of basic dependencies.</summary>
/// <param name="Tokens">Its words.</param>
/// <param name="Tags">The Penn tag of each word.</param>
/// <param name="Heads">The head of each word, from 1; 0 is the root.</param>
/// <param name="Relations">The relation of each word to its head, in the basic Universal Dependencies (version 1) of CoreNLP 3.6.</param>
public sealed record ParsedSentence(IReadOnlyList<string> Tokens, IReadOnlyList<string> Tags, IReadOnlyList<int> Heads,
    IReadOnlyList<string> Relations);
