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

    private static readonly string Models = Directory.CreateTempSubdirectory("auricle-models-").FullName;

    public static readonly string[] Tasks = ["clotho", "audiocaps"];

    public static string Folder { get; } = Path.Combine(Models, Name);

    /// <summary>The trained numbers of the model, counted on the model itself.</summary>
    public static long Parameters { get; } = Create();

    public static int VocabularySize { get; private set; }

    private static long Create()
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
        model.Save(Folder);
        File.WriteAllText(Path.Combine(Folder, "README.md"), "---\nlicense: cc-by-4.0\n---\n# A model for tests\n");
        VocabularySize = model.Tokenizer.Vocabulary.Count;
        return model.Weights.Entries.Where(weight => !weight.IsBuffer).Sum(weight => weight.Tensor.ElementCount);
    }

    [ModuleInitializer]
    internal static void Announce()
    {
        Environment.SetEnvironmentVariable("AURICLE_MODELS", Models);
        AppDomain.CurrentDomain.ProcessExit += (_, _) => Directory.Delete(Models, recursive: true);
    }
}
