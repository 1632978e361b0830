using System.CommandLine;

namespace Auricle.Cli.Commands;

/// <summary><c>auricle help</c>: the same as <c>--help</c>, where many look for it first.</summary>
internal static class HelpCommand
{
    /// <param name="show">Shows the help of the verb with these names.</param>
    public static Command Create(Func<string[], int> show)
    {
        var verbs = new Argument<string[]>("COMMAND") { Description = "The command, for example caption.", Arity = ArgumentArity.ZeroOrMore };
        var command = new Command("help", "Shows the help of a command.") { verbs };
        command.SetAction(parsed => show(parsed.GetValue(verbs) ?? []));
        return command;
    }
}
