using System.Runtime.CompilerServices;
using Auricle.Models.Encoders.ConvNext;
using Auricle.Models.Systems.Conette;
using Auricle.Text;
using Auricle.Torch;

namespace Auricle.Cli.Tests;

/// <summary>
/// A captioner small enough for tests: the real classes with random weights, saved as a model folder. It lies in a folder of
/// models that <c>AURICLE_MODELS</c> names, so that it is found by name in this process and in those it starts.
/// </summary>
internal static class TestModel
{
    public const string Name = "tiny";

    public static readonly string[] Tasks = ["clotho", "audiocaps"];

    private static readonly Lazy<TestModelNumbers> Created = new(Create);

    private static readonly string Models = Directory.CreateTempSubdirectory("auricle-models-").FullName;

    /// <summary>Where it lies; made where it is not there yet.</summary>
    public static string Folder
    {
        get
        {
            _ = Created.Value;
            return Place;
        }
    }

    private static string Place => Path.Combine(Models, Name);

    /// <summary>What the model itself says about its size; makes the model where it is not there yet.</summary>
    public static TestModelNumbers Numbers => Created.Value;

    private static TestModelNumbers Create()
    {
        TorchRuntime.Seed(11);
        var config = new ConetteConfig
        {
            TaskMode = "ds",
            TaskNames = Tasks,
            Width = 32,
            Heads = 4,
            DecoderLayers = 1,
            FeedForwardWidth = 64,
            MaxPredSize = 8,
            TagLabels = ["Rain", "Male speech, man speaking", "Dog"],
            Encoder = new ConvNextConfig { Depths = [1, 1, 1, 1], Widths = [8, 16, 24, 32], Tags = 3, LayerScale = 1, LogMel = new() { MelBands = 32 } },
        };
        var tokenizer = CaptionTokenizer.Fit(
        [
            "a dog barks while rain falls", "people are talking in the background", "water runs over stones and birds sing",
            "a car engine starts then a horn sounds", "wind blows through the trees near a church bell",
        ]);
        using var model = ConetteModel.Create(config, tokenizer);
        model.Save(Place);
        File.WriteAllText(Path.Combine(Place, "README.md"), "---\nlicense: cc-by-4.0\n---\n# A model for tests\n");
        return new TestModelNumbers(
            model.Weights.Entries.Where(weight => !weight.IsBuffer).Sum(weight => weight.Tensor.ElementCount), model.Tokenizer.Vocabulary.Count);
    }

    [ModuleInitializer]
    internal static void Announce()
    {
        Environment.SetEnvironmentVariable("AURICLE_MODELS", Models);
        AppDomain.CurrentDomain.ProcessExit += (_, _) => Directory.Delete(Models, recursive: true);
    }
}

/// <param name="Parameters">The trained numbers.</param>
/// <param name="VocabularySize">The tokens, those of the tasks included.</param>
internal sealed record TestModelNumbers(long Parameters, int VocabularySize);
