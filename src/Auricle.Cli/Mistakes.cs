using System.CommandLine;
using System.CommandLine.Parsing;

namespace Auricle.Cli;

/// <summary>What is wrong with a command line before anything is done, in sentences a user understands.</summary>
internal static class Mistakes
{
    /// <summary>All mistakes of a command line; none where it can be carried out.</summary>
    public static List<string> Of(ParseResult parsed)
    {
        // Help is given for any command line that asks for it.
        if (parsed.UnmatchedTokens.Count == 0 && IsHelp(parsed))
            return [];
        var mistakes = new List<string>();
        foreach (var result in Results(parsed.RootCommandResult).Where(result => result is not CommandResult))
        {
            foreach (var token in result.Tokens)
            {
                if (string.IsNullOrWhiteSpace(token.Value))
                    mistakes.Add(Empty(result));
                else if (result is ArgumentResult { Parent: CommandResult } && IsUnknownOption(parsed, token))
                    mistakes.Add(Unknown("option", token.Value, Options(parsed.CommandResult)));
            }
        }
        if (mistakes.Count > 0)
            return mistakes;
        foreach (var token in parsed.UnmatchedTokens)
        {
            mistakes.Add(token.StartsWith('-') ? Unknown("option", token, Options(parsed.CommandResult))
                : parsed.CommandResult.Command.Subcommands is { Count: > 0 } verbs ? Unknown("command", token, verbs.Select(verb => verb.Name))
                : $"'{token}' is more than {parsed.CommandResult.Command.Name} takes; leave it out.");
        }
        var unmatched = parsed.UnmatchedTokens.ToHashSet(StringComparer.Ordinal);
        mistakes.AddRange(parsed.Errors.Select(error => error.Message).Where(message => !unmatched.Any(token => message.Contains($"'{token}'", StringComparison.Ordinal)))
            .Distinct(StringComparer.Ordinal));
        return mistakes;
    }

    /// <summary>A sentence about a name that is not known, with the one that was most likely meant.</summary>
    /// <param name="kind">What it should be: a command, an option.</param>
    /// <param name="name">What was written.</param>
    /// <param name="known">What there is.</param>
    public static string Unknown(string kind, string name, IEnumerable<string> known) =>
        $"There is no {kind} '{name}'{(EditDistance.Nearest(name.Split('=')[0], known) is { } nearest ? $"; did you mean {nearest}?" : ".")}";

    private static string Empty(SymbolResult result) => result switch
    {
        OptionResult option => $"{option.Option.Name} is given an empty value; give {(option.Option.HelpName is { } name ? $"its {name}" : "one")}, or leave the option out.",
        ArgumentResult { Parent: OptionResult option } => Empty(option),
        _ => $"{((ArgumentResult)result).Argument.Name} is given an empty name; leave it out, or name something.",
    };

    private static bool IsHelp(ParseResult parsed) => parsed.Action is System.CommandLine.Help.HelpAction || parsed.Action?.GetType().Namespace?.StartsWith(nameof(Auricle), StringComparison.Ordinal) == true;

    // The parser takes an option it does not know for a path.
    private static bool IsUnknownOption(ParseResult parsed, Token token) =>
        token.Value.StartsWith('-') && token.Value != "-" && !Path.Exists(token.Value)
        && !parsed.Tokens.TakeWhile(other => other != token).Any(other => other.Type == TokenType.DoubleDash);

    private static IEnumerable<string> Options(CommandResult result) => result.Command.Options.SelectMany(option => option.Aliases.Prepend(option.Name));

    private static IEnumerable<SymbolResult> Results(SymbolResult result)
    {
        yield return result;
        if (result is CommandResult command)
        {
            foreach (var inner in command.Children.SelectMany(Results))
                yield return inner;
        }
    }
}
