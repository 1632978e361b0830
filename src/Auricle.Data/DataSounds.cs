using System.Runtime.InteropServices;
using Auricle.Audio;

namespace Auricle.Data;

/// <summary>The sounds of a data set, decoded ahead of whoever hears them.</summary>
public static class DataSounds
{
    /// <summary>Decodes the items' sounds, in their order; those that cannot be read are told of and passed over.</summary>
    /// <param name="items">The items.</param>
    /// <param name="sampleRate">The rate in hertz.</param>
    /// <param name="failed">Called with an item that cannot be read and why, in the items' order.</param>
    /// <param name="ahead">How many are decoded at a time.</param>
    public static IEnumerable<(DataItem Item, AudioClip Sound)> Read(
        IEnumerable<DataItem> items, int sampleRate, Action<DataItem, AudioException> failed, int ahead = 2)
    {
        ArgumentNullException.ThrowIfNull(items);
        ArgumentNullException.ThrowIfNull(failed);
        ArgumentOutOfRangeException.ThrowIfLessThan(ahead, 1);
        return Decode();

        IEnumerable<(DataItem, AudioClip)> Decode()
        {
            var waiting = new Queue<(DataItem Item, Task<AudioClip> Sound)>();
            using var rest = items.GetEnumerator();
            while (true)
            {
                while (waiting.Count < ahead && rest.MoveNext())
                {
                    var item = rest.Current;
                    waiting.Enqueue((item, Task.Run(() => Load(item, sampleRate))));
                }
                if (!waiting.TryDequeue(out var next))
                    yield break;
                AudioClip? sound = null;
                try
                {
                    sound = next.Sound.GetAwaiter().GetResult();
                }
                catch (AudioException error)
                {
                    failed(next.Item, error);
                }
                if (sound is not null)
                    yield return (next.Item, sound);
            }
        }
    }

    /// <summary>Decodes one sound.</summary>
    /// <exception cref="AudioException">It cannot be read.</exception>
    /// <exception cref="DataSetException">The set holds features instead of sounds.</exception>
    public static AudioClip Load(DataItem item, int sampleRate)
    {
        ArgumentNullException.ThrowIfNull(item);
        if (item.Path is { } path)
            return AudioFile.Load(path, sampleRate);
        using var reader = Open(item);
        return reader.ReadAll(sampleRate);
    }

    /// <summary>Opens a sound, which is a file or packed; the caller disposes the reader.</summary>
    /// <exception cref="AudioException">It cannot be read, or what it is packed in cannot.</exception>
    /// <exception cref="DataSetException">The set holds features instead of sounds.</exception>
    public static AudioReader Open(DataItem item)
    {
        ArgumentNullException.ThrowIfNull(item);
        return item.Path is { } path ? AudioFile.Open(path)
            : (item.Packed is { } packed ? Open(packed, item.Id) : null)
                ?? throw new DataSetException(item.Id, $"The set holds no sound of '{item.Id}', only features; name the set that has the sounds.");
    }

    /// <summary>Opens a packed sound, or nothing where features are packed.</summary>
    /// <param name="packed">The packed item.</param>
    /// <param name="name">What messages call it.</param>
    /// <exception cref="AudioException">It cannot be read, or what it is packed in cannot.</exception>
    public static AudioReader? Open(IPackedItem packed, string name) => Bytes(packed, name) is { } sound ? AudioFile.OpenStream(Stream(sound), name) : null;

    /// <summary>The bytes of a packed sound, or nothing where features are packed.</summary>
    /// <param name="packed">The packed item.</param>
    /// <param name="name">What messages call it.</param>
    /// <exception cref="AudioException">What it is packed in cannot be read.</exception>
    public static ReadOnlyMemory<byte>? Bytes(IPackedItem packed, string name)
    {
        ArgumentNullException.ThrowIfNull(packed);
        try
        {
            return packed.ReadSound();
        }
        catch (DataSetException error)
        {
            // Where a set is damaged only the sounds that lie there are lost.
            throw new AudioException(AudioFailure.ReadFailed, name, $"'{name}' cannot be read: {error.Message}", error);
        }
    }

    private static MemoryStream Stream(ReadOnlyMemory<byte> bytes) => MemoryMarshal.TryGetArray(bytes, out var array)
        ? new MemoryStream(array.Array!, array.Offset, array.Count, writable: false) : new MemoryStream(bytes.ToArray(), writable: false);
}
