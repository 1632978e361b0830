using System.Runtime.CompilerServices;
using Auricle.Audio;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.VectorData;

namespace Auricle;

/// <summary>The same search for programs that know Microsoft's abstractions of vector stores.</summary>
public sealed partial class SoundSearch : IVectorSearchable<SoundHit>
{
    private const int Growth = 8;

    /// <summary>Finds sounds.</summary>
    /// <typeparam name="TInput">A text, an <see cref="AudioClip"/>, or a vector of the model's space (<see cref="ReadOnlyMemory{T}"/>, an array or an <see cref="Embedding{T}"/> of floats).</typeparam>
    /// <param name="searchValue">What is wanted.</param>
    /// <param name="top">How many sounds are wanted.</param>
    /// <param name="options">A filter of hits, how many are passed over, and the lowest score.</param>
    /// <param name="cancellationToken">Looked at before each hit.</param>
    /// <exception cref="NotSupportedException">A value of another kind is given, or another vector is asked for.</exception>
    public async IAsyncEnumerable<VectorSearchResult<SoundHit>> SearchAsync<TInput>(
        TInput searchValue, int top, VectorSearchOptions<SoundHit>? options = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
        where TInput : notnull
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(top);
        if (options?.VectorProperty is not null || options?.IncludeVectors == true)
            throw new NotSupportedException("Hits of a sound index have one vector, which is not given out; leave VectorProperty and IncludeVectors out.");
        var hits = await Task.Run(
            () =>
            {
                var vector = VectorOf(searchValue, cancellationToken);
                var passes = options?.Filter?.Compile() ?? (_ => true);
                var wanted = top + (options?.Skip ?? 0);
                for (var count = wanted; ; count = count > int.MaxValue / Growth ? int.MaxValue : count * Growth)
                {
                    var found = Find(vector, new SoundQuery { Top = count, MinScore = options?.ScoreThreshold ?? -1 });
                    var some = found.Where(passes).Take(wanted).Skip(options?.Skip ?? 0).ToList();
                    if (some.Count == top || found.Count < count)
                        return some;
                }
            },
            cancellationToken).ConfigureAwait(false);
        foreach (var hit in hits)
        {
            cancellationToken.ThrowIfCancellationRequested();
            yield return new VectorSearchResult<SoundHit>(hit, hit.Score);
        }
    }

    /// <summary>This search, its index, its model, or what they are called.</summary>
    public object? GetService(Type serviceType, object? serviceKey = null)
    {
        ArgumentNullException.ThrowIfNull(serviceType);
        return serviceKey is not null ? null
            : serviceType == typeof(VectorStoreCollectionMetadata) ? new VectorStoreCollectionMetadata { VectorStoreSystemName = "auricle", CollectionName = Index.Location }
            : ((object[])[this, Index, _owner]).FirstOrDefault(serviceType.IsInstanceOfType);
    }

    private ReadOnlyMemory<float> VectorOf<TInput>(TInput value, CancellationToken cancellationToken) => value switch
    {
        string text => Vector(new SoundQuery { Text = text }, cancellationToken),
        AudioClip clip => _sounds.Embed(clip, null, cancellationToken).Vector,
        float[] vector => vector,
        ReadOnlyMemory<float> vector => vector,
        Embedding<float> embedding => embedding.Vector,
        _ => throw new NotSupportedException($"A sound index is searched by a text, a sound or a vector of floats, not by a value of {typeof(TInput)}."),
    };
}
