using System.CommandLine;

namespace Auricle.Cli.Commands;

/// <summary><c>auricle completion</c>: lets the shell complete verbs, options and names of models.</summary>
internal static class CompletionCommand
{
    // The shell asks the program that stands at the begin of its line, so that a copy called by its path completes too.
    private const string Bash = """
        _auricle() {
          local line
          COMPREPLY=()
          while IFS= read -r line; do COMPREPLY+=("$line"); done < <("${COMP_WORDS[0]}" completion --position "$COMP_POINT" --line "$COMP_LINE" 2>/dev/null)
        }
        complete -o default -F _auricle auricle ./auricle
        """;

    /// <param name="terminal">Where the script, or the words, are written.</param>
    /// <param name="complete">The words that may stand at a place of a line.</param>
    public static Command Create(Terminal terminal, Func<string, int, IEnumerable<string>> complete)
    {
        var line = new Option<string?>("--line") { Description = "The line to complete, as the script gives it.", Hidden = true };
        var position = new Option<int>("--position") { Description = "The place of the cursor in it.", Hidden = true };
        var command = new Command("completion", "Prints a script for bash: eval \"$(auricle completion)\". In zsh load bashcompinit before.") { line, position };
        command.SetAction(parsed =>
        {
            if (parsed.GetValue(line) is not { } text)
            {
                terminal.Out.WriteLine(Bash.ReplaceLineEndings("\n"));
                return ExitCode.Success;
            }
            foreach (var word in complete(text, Math.Clamp(parsed.GetValue(position), 0, text.Length)))
                terminal.Out.WriteLine(word);
            return ExitCode.Success;
        });
        return command;
    }
}
