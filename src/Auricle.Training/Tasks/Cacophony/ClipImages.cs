using System.Collections.Concurrent;
using Auricle.Models.Encoders.AudioMae;
using Auricle.Models.Systems.Cacophony;
using Auricle.Torch;

namespace Auricle.Training;

/// <summary>Sounds of a data set as the log-mel images of an <see cref="AudioMaeEncoder"/>.</summary>
internal sealed class ClipImages
{
    private readonly AudioMaeEncoder _encoder;
    private readonly Device _device;
    private readonly ClipWaves _waves;

    /// <param name="clips">The sounds.</param>
    /// <param name="encoder">Makes the images.</param>
    /// <param name="device">Where they go.</param>
    /// <param name="settings">How sounds are read.</param>
    /// <param name="skipped">Told the sounds that cannot be read.</param>
    public ClipImages(IReadOnlyList<CaptionedClip> clips, AudioMaeEncoder encoder, Device device, ClipImageSettings settings, SkippedClips skipped)
    {
        (_encoder, _device) = (encoder, device);
        var held = settings.Holds ? new ConcurrentDictionary<string, Half[]>(StringComparer.Ordinal) : null;
        _waves = new ClipWaves(clips, Load, Math.Max((int)(settings.Seconds * encoder.SampleRate), encoder.MinimumSamples), skipped);

        // Resampled as the model that is trained will do it.
        float[] Load(CaptionedClip clip)
        {
            if (held is null)
                return CacophonyModel.AtRate(clip.Load(null), encoder.SampleRate);
            if (held.TryGetValue(clip.Id, out var kept))
                return Array.ConvertAll(kept, value => (float)value);
            var samples = CacophonyModel.AtRate(clip.Load(null), encoder.SampleRate);
            held[clip.Id] = Array.ConvertAll(samples, value => (Half)value);
            return samples;
        }
    }

    /// <summary>Reads a batch of an epoch while the next one is decoded.</summary>
    /// <param name="order">The order of the epoch's sounds.</param>
    /// <param name="seed">Decides where long sounds are cut.</param>
    /// <param name="epoch">The epoch.</param>
    /// <param name="first">The place of the batch's first sound in the epoch.</param>
    /// <param name="count">Sounds in the batch.</param>
    /// <param name="examples">Sounds in the epoch.</param>
    /// <returns>At least one sound.</returns>
    /// <exception cref="CorpusException">No sound of the batch can be read.</exception>
    public ClipImageBatch Read(EpochOrder order, ulong seed, int epoch, long first, int count, long examples)
    {
        var next = (int)Math.Min(count, examples - first - count);
        var batch = Read(order.Take(epoch, first, count), Crop(first), next <= 0 ? null : (order.Take(epoch, first + count, next), Crop(first + count)));
        return batch.Image is null ? throw new CorpusException($"None of the {count} sounds of a batch can be read; see the list of skipped sounds.") : batch;

        ulong Crop(long place) => SplitMix64.For(seed, (ulong)epoch, (ulong)place, 3).State;
    }

    /// <summary>Reads a batch.</summary>
    /// <param name="batch">The numbers of its sounds.</param>
    /// <param name="seed">Decides where long sounds are cut.</param>
    /// <param name="after">The batch that will be asked for next, with its seed, where that is known.</param>
    public ClipImageBatch Read(int[] batch, ulong seed, (int[] Clips, ulong Seed)? after = null)
    {
        using var scope = TensorScope.Begin();
        using var noGrad = NoGrad.Begin();
        var read = _waves.Read(batch, seed, after);
        if (read.Kept.Length == 0)
            return new ClipImageBatch(null, [], []);
        var waves = read.Waves(_device);
        var lengths = Array.ConvertAll(read.Shares, share => Math.Max((int)Math.Round(share * waves.Size(1)), _encoder.MinimumSamples));
        // Silence behind the longest sound of the batch is not heard.
        var image = _encoder.Prepare(waves.Narrow(1, 0, lengths.Max()));
        var patches = Array.ConvertAll(lengths, length => (int)(_encoder.Config.Mel.Frames(length) / _encoder.Config.PatchSize) * _encoder.Config.Rows);
        return new ClipImageBatch(scope.Keep(image), patches, read.Kept);
    }
}

/// <summary>The images of a batch.</summary>
/// <param name="Image">[kept, 1, frames, bands]; nothing where no sound could be read.</param>
/// <param name="Patches">The patches of each sound; what lies behind is silence.</param>
/// <param name="Kept">Which of the batch's sounds could be read.</param>
internal sealed record ClipImageBatch(Tensor? Image, int[] Patches, int[] Kept);

/// <summary>How sounds are read for images of patches.</summary>
/// <param name="Seconds">The longest stretch of a sound that is heard.</param>
/// <param name="Holds">Whether decoded sounds stay in memory, at 16 bits a sample.</param>
internal sealed record ClipImageSettings(double Seconds, bool Holds)
{
    /// <summary>Reads the keys <c>encoder.clip_seconds</c> and <c>data.hold</c> of a recipe.</summary>
    public static ClipImageSettings Read(RecipeReader recipe) => new(
        recipe.Section("encoder").Number("clip_seconds", 10, NumberRange.Between(0.5, CacophonyModel.WindowSeconds)), recipe.Section("data").Flag("hold", false));

    /// <summary>Reads the key <c>model.width</c>, from which the numbers of heads follow.</summary>
    public static int ReadWidth(RecipeReader recipe)
    {
        const int OneHead = 128, AllHeads = 192, PoolHeads = 8;
        var model = recipe.Section("model");
        var width = model.WholeNumber("width", 768, NumberRange.Between(PoolHeads, 16_384));
        if (width % AllHeads != 0 && (width >= OneHead || width % PoolHeads != 0))
            model.Reject("width", $"a multiple of {AllHeads}, or below {OneHead} one of {PoolHeads}");
        return width;
    }
}
