using Auricle.Torch;

namespace Auricle.Models.Encoders;

/// <summary>Fixed windows over what is longer than an encoder takes at once.</summary>
internal static class EncoderWindows
{
    /// <summary>Where windows begin that cover a length evenly: as few as can, the first at its beginning, the last at its end.</summary>
    /// <param name="length">The whole.</param>
    /// <param name="window">The length of a window; a whole that is no longer has one window.</param>
    public static long[] Starts(long length, long window)
    {
        var starts = new long[Math.Max(1, (length + window - 1) / window)];
        for (var i = 1; i < starts.Length; i++)
            starts[i] = i * (length - window) / (starts.Length - 1);
        return starts;
    }

    /// <summary>Windows over an image that is cut into patches along time, each with the patches that it answers for: where two windows overlap
    /// they share in the middle, so that the times of all patches ascend.</summary>
    /// <param name="frames">Frames of the image.</param>
    /// <param name="maximum">The most frames that are taken at once.</param>
    /// <param name="window">Frames of each window of a longer image.</param>
    /// <param name="patch">Frames of a patch.</param>
    /// <param name="stride">From one patch to the next.</param>
    public static EncoderWindow[] Cut(long frames, long maximum, long window, long patch, long stride)
    {
        var length = frames <= maximum ? frames : window;
        var starts = Starts(frames, length);
        var patches = (length - patch) / stride + 1;
        // Twice the place of the middle of a patch, to stay with whole numbers.
        long Middle(long start, long index) => 2 * (start + index * stride) + patch - 1;
        long FirstFrom(int i, long border)
        {
            var index = 0L;
            while (index < patches && Middle(starts[i], index) < border)
                index++;
            return index;
        }
        var result = new EncoderWindow[starts.Length];
        for (var i = 0; i < starts.Length; i++)
        {
            var first = i == 0 ? 0 : FirstFrom(i, starts[i - 1] + length + starts[i]);
            var end = i == starts.Length - 1 ? patches : FirstFrom(i, starts[i] + length + starts[i + 1]);
            result[i] = new EncoderWindow(starts[i], length, first, end - first);
        }
        return result;
    }

    /// <summary>One output of the outputs of windows: frames follow each other, vectors and tags of the clip are averaged.</summary>
    public static EncoderOutput Join(IReadOnlyList<EncoderOutput> parts)
    {
        if (parts.Count == 1)
            return parts[0];
        Tensor Joined(Func<EncoderOutput, Tensor> part) => Tensor.Cat([.. parts.Select(part)], 1);
        Tensor Averaged(Func<EncoderOutput, Tensor> part) => Tensor.Stack([.. parts.Select(part)]).Mean([0]);
        return new EncoderOutput(
            Joined(part => part.Frames), Averaged(part => part.Clip), parts[0].TagLogits is null ? null : Averaged(part => part.TagLogits!))
        {
            FrameTagLogits = parts[0].FrameTagLogits is null ? null : Joined(part => part.FrameTagLogits!),
        };
    }
}

/// <summary>A window and what it answers for.</summary>
/// <param name="Start">Its first frame.</param>
/// <param name="Length">Its frames.</param>
/// <param name="FirstPatch">The first of its patches that counts.</param>
/// <param name="Patches">How many count.</param>
internal readonly record struct EncoderWindow(long Start, long Length, long FirstPatch, long Patches);
