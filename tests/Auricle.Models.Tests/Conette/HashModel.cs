using System.Text.Json;
using Auricle.Models.Systems.Conette;
using Auricle.Torch;
using Auricle.Torch.Checkpoints;

namespace Auricle.Models.Tests.Conette;

/// <summary>The full-size model with the fixtures' hash weights, loaded once for all tests.</summary>
public sealed class HashModel : IDisposable
{
    public HashModel()
    {
        HashFolder.Write(Folder);
        Model = ConetteModel.Load(Folder, new ModelLoadOptions { Precision = Precision.Float32 });
        // The first step packs the decoder's weights, which no test may be blamed for.
        using var scope = TensorScope.Begin();
        using var steps = Model.Decoder.Begin(Tensor.Zeros([1, 1, Model.Decoder.Config.Width]), null);
        steps.Advance([Model.TaskToken(null)]);
    }

    public static string FixtureFolder => HashFolder.FixtureFolder;

    public string Folder { get; } = Directory.CreateTempSubdirectory("auricle-conette-").FullName;

    public ConetteModel Model { get; }

    public static JsonElement Json(string name) => HashFolder.Json(name);

    public static IReadOnlyDictionary<string, StoredTensor> Tensors(string name) => HashFolder.Tensors(name);

    public void Dispose()
    {
        Model.Dispose();
        Directory.Delete(Folder, recursive: true);
    }
}

/// <summary>Tests that count live tensors run one after the other and share the model.</summary>
[CollectionDefinition("tensors")]
public sealed class TensorTests : ICollectionFixture<HashModel>;
