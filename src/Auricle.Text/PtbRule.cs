using System.Text.RegularExpressions;

namespace Auricle.Text;

/// <summary>One rule of the treebank lexer.</summary>
/// <param name="Pattern">Matches the token as group 1, then the text ahead that the rule needs to see.</param>
/// <param name="Emit">Gives the written tokens, or <see langword="null"/> where the text itself is the token.</param>
/// <param name="Starts">Which ASCII characters a match may begin with; any other character may begin any match.</param>
internal sealed record PtbRule(Regex Pattern, Func<string, string[]>? Emit, PtbStarts Starts);
