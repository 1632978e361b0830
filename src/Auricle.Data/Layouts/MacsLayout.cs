using Auricle.Data.Reading;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Auricle.Data.Layouts;

/// <summary>
/// MACS (Martín-Morató and Mesaros 2021): two to five captions and tags of annotators for scenes of TAU Urban Acoustic Scenes 2019, from <c>MACS.yaml</c>.
/// </summary>
internal sealed class MacsLayout() : DataLayout("macs", "MACS", "MACS.yaml, and the sounds of TAU Urban Acoustic Scenes 2019 development, for example in audio")
{
    internal override void Read(DataSetBuilder set)
    {
        var path = set.RequireFile("MACS.yaml", Path.Combine("MACS", "MACS.yaml"));
        var parser = new Parser(new StringReader(DataTable.Text(path)));
        try
        {
            parser.Consume<StreamStart>();
            parser.Consume<DocumentStart>();
            foreach (var (key, isFiles) in Members(parser, path, "files"))
            {
                if (!isFiles)
                {
                    parser.SkipThisAndNestedEvents();
                    continue;
                }
                parser.Consume<SequenceStart>();
                while (!parser.TryConsume<SequenceEnd>(out _))
                    ReadFile(set, parser, path);
            }
        }
        catch (YamlException error)
        {
            throw new DataSetException(path, $"'{path}' is no list of annotations at line {error.Start.Line}: {error.Message.TrimEnd('.')}; fetch it anew.", (int)error.Start.Line, error);
        }
    }

    private static void ReadFile(DataSetBuilder set, Parser parser, string path)
    {
        var line = (int)parser.Current!.Start.Line;
        string? file = null;
        var (captions, tags) = (new List<string>(), new List<string>());
        foreach (var (key, _) in Members(parser, path, ""))
        {
            if (key == "filename")
                file = parser.Consume<Scalar>().Value.Trim();
            else if (key == "annotations")
            {
                parser.Consume<SequenceStart>();
                while (!parser.TryConsume<SequenceEnd>(out _))
                {
                    foreach (var (field, _) in Members(parser, path, ""))
                    {
                        if (field == "sentence")
                            captions.Add(parser.Consume<Scalar>().Value);
                        else if (field == "tags" && parser.TryConsume<SequenceStart>(out _))
                        {
                            while (!parser.TryConsume<SequenceEnd>(out _))
                                tags.Add(parser.Consume<Scalar>().Value.Trim());
                        }
                        else
                            parser.SkipThisAndNestedEvents();
                    }
                }
            }
            else
                parser.SkipThisAndNestedEvents();
        }
        if (string.IsNullOrEmpty(file))
            throw new DataSetException(path, $"'{path}' has an entry without filename at line {line}; fetch it anew.", line);
        // scene-city-location-segment-device.wav: what was recorded at one place belongs together.
        var parts = Path.GetFileNameWithoutExtension(file).Split('-');
        set.Add(new DataItem
        {
            Id = file, Captions = captions, Labels = [.. tags.Distinct()], Seconds = 10, Source = parts[0], Recording = parts.Length >= 3 ? $"tau:{string.Join('-', parts[..3])}" : null,
        }, [file], "audio");
    }

    private static IEnumerable<(string Key, bool IsSought)> Members(Parser parser, string path, string sought)
    {
        parser.Consume<MappingStart>();
        while (!parser.TryConsume<MappingEnd>(out _))
        {
            var key = parser.Consume<Scalar>().Value;
            yield return (key, key == sought);
        }
    }
}
