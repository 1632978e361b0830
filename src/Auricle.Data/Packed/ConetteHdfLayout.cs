using PureHDF;
using PureHDF.Selections;
using PureHDF.VOL.Native;

namespace Auricle.Data.Layouts;

/// <summary>
/// The packed sets of CoNeTTE's <c>conette-prepare</c>: an HDF5 file with a column for each field, whose first axis is the item and whose others are padded to
/// the largest; <c>NAME_shape</c> has each item's true sizes. Embeddings of frames and tag probabilities are computed once, captions lie beside them.
/// </summary>
internal sealed class ConetteHdfLayout() : DataLayout(
    "conette-hdf", "a packed set of CoNeTTE", "a file that conette-prepare wrote, such as HDF/clotho_dev_resample_mean_convnext_ident_bl.hdf")
{
    public override bool TakesFile => true;

    internal override void Read(DataSetBuilder set)
    {
        var path = System.IO.File.Exists(set.Root) ? set.Root
            : Directory.GetFiles(set.Root, "*.hdf") is [var only] ? only : throw new DataSetException(set.Root, $"'{set.Root}' is a folder without exactly one .hdf file; name the file.");
        try
        {
            var file = new PackedFile(path);
            set.File = file;
            var columns = file.Columns;
            if (!columns.ContainsKey("audio"))
                throw new DataSetException(path, $"'{path}' has no column 'audio'; it has {string.Join(", ", columns.Keys.Order().Take(12).Select(name => $"'{name}'"))}.");
            var count = file.Count;
            var (captions, perItem) = file.Texts("captions");
            var (names, _) = file.Texts("fname");
            var (subsets, _) = file.Texts("subset");
            var (sources, _) = file.Texts("source");
            var isNamedOnce = names.Distinct(StringComparer.Ordinal).Count() == names.Length;
            for (var i = 0; i < count; i++)
            {
                set.Add(new DataItem
                {
                    Id = names.Length == count && isNamedOnce ? names[i] : $"{i}",
                    Captions = [.. captions.Skip(i * perItem).Take(perItem).Where(caption => caption.Length > 0)],
                    Split = subsets.Length == count ? subsets[i] : null,
                    Source = sources.Length == count && sources[i].Length > 0 ? sources[i] : null,
                    Packed = new Item(file, i),
                });
            }
        }
        catch (Exception error) when (error is not (AuricleException or IOException or UnauthorizedAccessException or OutOfMemoryException))
        {
            throw new DataSetException(path, $"'{path}' is no HDF5 file that can be read ({error.Message.TrimEnd('.')}); fetch or pack it anew.", innerException: error);
        }
    }

    private sealed class Item(PackedFile file, int place) : IPackedItem
    {
        public string File => file.Path;

        public ReadOnlyMemory<byte>? ReadSound() => null;

        public PackedFeatures? ReadFeatures() => file.Read(place);
    }

    /// <summary>The open file. The library's reader keeps a position, so that one thread reads at a time.</summary>
    private sealed class PackedFile : IDisposable
    {
        private readonly Lock _reading = new();
        private readonly NativeFile _handle;
        private readonly int[]? _frames;

        public PackedFile(string path)
        {
            Path = path;
            var file = H5File.OpenRead(path);
            _handle = file;
            Columns = file.Children().OfType<IH5Dataset>().ToDictionary(column => column.Name, StringComparer.Ordinal);
            if (!Columns.TryGetValue("audio", out var audio))
                return;
            if (audio.Space.Dimensions is not { Length: 3 or 4 } sizes)
                throw new DataSetException(path, $"'{path}' has a column 'audio' with {audio.Space.Dimensions.Length} dimensions; packed embeddings have item, channel, frame and width.");
            Count = checked((int)sizes[0]);
            if (Columns.TryGetValue("audio_shape", out var shape))
            {
                var values = shape.Read<int[]>();
                var each = Count == 0 ? 1 : values.Length / Count;
                // Item sizes are (channel, frames, width) or (frames, width).
                _frames = [.. Enumerable.Range(0, Count).Select(i => values[i * each + each - 2])];
                if (_frames.Any(frames => frames < 0 || (ulong)frames > sizes[^2]))
                    throw new DataSetException(path, $"'{path}' states more frames than it has in 'audio_shape'; pack it anew.");
            }
        }

        public string Path { get; }

        public Dictionary<string, IH5Dataset> Columns { get; }

        public int Count { get; }

        /// <summary>A column of texts, and how many each item has.</summary>
        public (string[] Values, int PerItem) Texts(string column)
        {
            if (!Columns.TryGetValue(column, out var data) || data.Type.Class is not (H5DataTypeClass.String or H5DataTypeClass.VariableLength))
                return ([], 0);
            var values = data.Read<string[]>() ?? [];
            return (Array.ConvertAll(values, value => (value ?? "").TrimEnd('\0')), Count == 0 ? 0 : values.Length / Count);
        }

        public PackedFeatures Read(int item)
        {
            lock (_reading)
            {
                var audio = Columns["audio"];
                var sizes = audio.Space.Dimensions;
                var (width, frames) = ((int)sizes[^1], _frames?[item] ?? (int)sizes[^2]);
                try
                {
                    var values = frames == 0 ? [] : Row(audio, item, [.. sizes[1..^2].Select(_ => 1UL), (ulong)frames, sizes[^1]]);
                    var tags = Columns.TryGetValue("clipwise_output", out var output) ? Row(output, item, output.Space.Dimensions[1..]) : [];
                    return new PackedFeatures(width, values, tags);
                }
                catch (Exception error) when (error is not (AuricleException or OutOfMemoryException))
                {
                    throw new DataSetException(Path, $"Item {item} of '{Path}' cannot be read ({error.Message.TrimEnd('.')}); the file is cut short or damaged: pack it anew.", innerException: error);
                }
            }
        }

        public void Dispose() => _handle.Dispose();

        private static float[] Row(IH5Dataset data, int item, ulong[] sizes)
        {
            ulong[] starts = [(ulong)item, .. sizes.Select(_ => 0UL)];
            return data.Read<float[]>(new HyperslabSelection(starts.Length, starts, [1, .. sizes]));
        }
    }
}
