using System.Numerics.Tensors;
using Auricle;
using Auricle.Audio;
using Microsoft.Extensions.AI;

// Says how much sounds are like the first of them: dotnet run --project samples/EmbedSound -- one.wav other.wav another.wav
using var embedder = SoundEmbedder.Load("auricle-small");
var vectors = await embedder.GenerateAsync(args.Select(file => AudioFile.Load(file, 32000)));
foreach (var (file, vector) in args.Zip(vectors))
    Console.WriteLine($"{TensorPrimitives.CosineSimilarity(vectors[0].Vector.Span, vector.Vector.Span):0.000}  {file}");
