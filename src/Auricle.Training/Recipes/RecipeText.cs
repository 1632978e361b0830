using Auricle.Reading;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;
using YamlDotNet.RepresentationModel;

namespace Auricle.Training;

/// <summary>
/// Reads the YAML of a recipe. Its events are counted before a tree is made of them, since a few lines of YAML can mean a tree without end
/// (a list that holds itself), one of billions of nodes (lists of the same list), or one too deep to walk.
/// </summary>
internal static class RecipeText
{
    private const int LargestFile = 1 << 20;
    private const int MostNodes = 20_000;
    private const int Deepest = 32;

    /// <summary>The text of a recipe's file.</summary>
    public static string Read(string path) => WholeFile.ReadText(path, LargestFile, problem => new RecipeException(
        new RecipeProblem("", path, null, $"'{path}' {problem.What}; {problem.Remedy ?? "give the path of a YAML file"}."), problem.Inner));

    /// <summary>The only document of a text, or <see langword="null"/> where there is none.</summary>
    /// <param name="yaml">The text.</param>
    /// <param name="what">What messages call it.</param>
    /// <param name="lines">Receives the line of every node.</param>
    public static YamlNode? Parse(string yaml, string what, Dictionary<YamlNode, long> lines)
    {
        try
        {
            Check(yaml);
            var stream = new YamlStream();
            stream.Load(new StringReader(yaml));
            return stream.Documents.Count == 0 ? null : Copy(stream.Documents[0].RootNode, lines);
        }
        catch (YamlException error)
        {
            throw Wrong($" at line {error.Start.Line}, column {error.Start.Column}: {error.Message.TrimEnd('.')}", error);
        }
        // The parser meets odd texts with whatever exception its collections throw: none of them is a fault of the program.
        catch (Exception error) when (error is not OutOfMemoryException)
        {
            throw Wrong($": {error.Message.ReplaceLineEndings(" ").TrimEnd('.')}", error);
        }

        RecipeException Wrong(string why, Exception error) => new(new RecipeProblem("", null, "YAML", $"{what} is no valid YAML{why}."), error);
    }

    private static void Check(string yaml)
    {
        var parser = new Parser(new StringReader(yaml));
        var open = new Stack<Level>();
        var sizes = new Dictionary<AnchorName, long>();
        long nodes = 0;
        var documents = 0;
        while (parser.MoveNext())
        {
            switch (parser.Current)
            {
                case DocumentStart start when ++documents > 1:
                    throw Refused(start, "a second document begins, but a recipe is one");
                case AnchorAlias alias:
                    Enter(alias, isText: false);
                    if (open.Any(outer => outer.Anchor == alias.Value))
                        throw Refused(alias, $"'*{alias.Value}' stands inside what it stands for");
                    nodes += sizes.GetValueOrDefault(alias.Value, 1);
                    break;
                case Scalar scalar:
                    Enter(scalar, isText: true);
                    nodes++;
                    if (!scalar.Anchor.IsEmpty)
                        sizes[scalar.Anchor] = 1;
                    break;
                case NodeEvent node:
                    Enter(node, isText: false);
                    open.Push(new Level(node.Anchor, node is MappingStart, nodes++));
                    if (open.Count > Deepest)
                        throw Refused(node, $"it is nested more than {Deepest} levels deep");
                    break;
                case MappingEnd or SequenceEnd:
                    var level = open.Pop();
                    if (!level.Anchor.IsEmpty)
                        sizes[level.Anchor] = nodes - level.Before;
                    break;
            }
            if (nodes > MostNodes)
                throw Refused(parser.Current!, $"it has more than {MostNodes} values, those that aliases repeat included");
        }

        // Every second node of a mapping is a key.
        void Enter(ParsingEvent node, bool isText)
        {
            if (open.TryPeek(out var level) && level.IsMapping && level.Children++ % 2 == 0 && !isText)
                throw Refused(node, "a key is a list or a section; keys are texts");
        }

        static YamlException Refused(ParsingEvent at, string why) => new(at.Start, at.End, why);
    }

    // An alias is the same node again: settings below one of the two places must not change the other.
    private static YamlNode Copy(YamlNode node, Dictionary<YamlNode, long> lines)
    {
        YamlNode copy;
        switch (node)
        {
            case YamlMappingNode mapping:
                var section = new YamlMappingNode();
                foreach (var (key, value) in mapping.Children)
                    section.Add(Copy(key, lines), Copy(value, lines));
                copy = section;
                break;
            case YamlSequenceNode sequence:
                copy = new YamlSequenceNode(sequence.Children.Select(child => Copy(child, lines)));
                break;
            default:
                var scalar = (YamlScalarNode)node;
                copy = new YamlScalarNode(scalar.Value) { Style = scalar.Style };
                break;
        }
        lines[copy] = node.Start.Line;
        return copy;
    }

    private sealed class Level(AnchorName anchor, bool isMapping, long before)
    {
        public AnchorName Anchor => anchor;
        public bool IsMapping => isMapping;
        public long Before => before;
        public int Children { get; set; }
    }
}
