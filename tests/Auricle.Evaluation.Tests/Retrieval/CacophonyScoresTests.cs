using System.Numerics.Tensors;
using System.Text.Json;
using Auricle.Audio.Tests;
using Auricle.Testing;

namespace Auricle.Evaluation.Tests.Retrieval;

/// <summary>The scores that Cacophony's authors report, from vectors of their evaluation: captions are known by their words there.</summary>
public sealed class CacophonyScoresTests
{
    private const double OfNormal95 = 1.959963984540054;

    private static readonly JsonElement Expected =
        JsonDocument.Parse(File.ReadAllBytes(Path.Combine(Fixtures.Folder("cacophony"), "expected.json"))).RootElement;

    private static readonly Safetensors Tensors = new(Path.Combine(Fixtures.Folder("cacophony"), "expected.safetensors"));

    [Fact]
    public void Retrieval_OfKnownVectors_EqualsTheReference()
    {
        var notes = Expected.GetProperty("retrieval");
        string[] captions = [.. notes.GetProperty("captions").EnumerateArray().Select(caption => caption.GetString()!)];
        var clips = notes.GetProperty("audio_names").GetArrayLength();
        var each = captions.Length / clips;
        var byText = Products(Tensors.Floats("eval.text_embed"), Tensors.Floats("eval.audio_embed"), captions.Length, clips);
        var byClip = Products(Tensors.Floats("eval.audio_embed"), Tensors.Floats("eval.text_embed"), clips, captions.Length);
        Assert.Equal(Tensors.Ints("eval.t2a_top10"), Best(byText, clips));
        Assert.Equal(Tensors.Ints("eval.a2t_top10"), Best(byClip, captions.Length));

        // Where two clips share a caption, the later is the one to be found.
        var clipOf = captions.Index().GroupBy(item => item.Item).ToDictionary(group => group.Key, group => group.Max(item => item.Index) / each);
        Compare(notes.GetProperty("t2a"), RetrievalScores.Of(byText, clips, [.. captions.Select(caption => new[] { clipOf[caption] })]));

        // A clip may find its captions in other clips' places too, but each of them once.
        int[] kinds = [.. captions.Select(caption => Array.IndexOf(captions, caption))];
        var relevant = Enumerable.Range(0, clips).Select(clip => captions.Index()
            .Where(item => captions.AsSpan(clip * each, each).Contains(item.Item)).Select(item => item.Index).ToArray()).ToArray();
        Compare(notes.GetProperty("a2t"), RetrievalScores.Of(byClip, captions.Length, relevant, kinds: kinds));
    }

    [Fact]
    public void ZeroShot_OfKnownVectors_EqualsTheReference()
    {
        var notes = Expected.GetProperty("zero_shot");
        var targets = Tensors.Ints("zs.target");
        var (ofClass, ofClip) = (Tensors.Floats("zs.class_embed"), Tensors.Floats("zs.audio_embed"));
        var classes = ofClass.Length / (ofClip.Length / targets.Length);
        var logits = Products(ofClip, ofClass, targets.Length, classes);
        TensorPrimitives.Multiply(logits, MathF.Exp(notes.GetProperty("logit_scale").GetSingle()), logits);
        Assert.All(Tensors.Floats("zs.logits").Zip(logits), pair => Assert.Equal(pair.First, pair.Second, 1e-5));
        var scores = ZeroShotScores.Of(logits, classes, targets);
        Assert.Equal(Tensors.Ints("zs.pred"), scores.Predictions);
        Assert.Equal(notes.GetProperty("accuracy_top1").GetDouble(), scores.Accuracy, 1e-9);
    }

    private static void Compare(JsonElement expected, RetrievalScores scores)
    {
        foreach (var measure in expected.EnumerateObject())
        {
            var depth = int.Parse(measure.Name.TrimStart('R', 'm', 'A', 'P'), System.Globalization.CultureInfo.InvariantCulture);
            var own = measure.Name[0] == 'R' ? RetrievalMeasure.HitRate(depth) : RetrievalMeasure.AveragePrecisionOfFound(depth);
            var (mean, error) = (scores.Mean(own), scores.StandardError(own));
            Assert.Equal(measure.Value.GetProperty("estimate").GetDouble(), mean, 1e-9);
            Assert.Equal(measure.Value.GetProperty("std_err").GetDouble(), error, 1e-9);
            var interval = measure.Value.GetProperty("ci95");
            Assert.Equal(interval[0].GetDouble(), mean - OfNormal95 * error, 1e-9);
            Assert.Equal(interval[1].GetDouble(), mean + OfNormal95 * error, 1e-9);
        }
    }

    private static float[] Products(float[] queries, float[] items, int queryCount, int itemCount)
    {
        var width = queries.Length / queryCount;
        var products = new float[queryCount * itemCount];
        for (var i = 0; i < products.Length; i++)
            products[i] = TensorPrimitives.Dot(queries.AsSpan(i / itemCount * width, width), items.AsSpan(i % itemCount * width, width));
        return products;
    }

    private static int[] Best(float[] scores, int items) =>
        [.. scores.Chunk(items).SelectMany(row => row.Index().OrderByDescending(item => item.Item).ThenBy(item => item.Index).Take(10).Select(item => item.Index))];
}
