using Auricle.Search.Embedded;

namespace Auricle.Search.Tests;

public sealed class FolderIndexTests : IDisposable
{
    private readonly IndexPlaces _places = new();

    private static IndexSettings Settings => TestVectors.Settings;

    public void Dispose() => _places.Dispose();

    private string NewPlace() => _places.New("folder");

    [Fact]
    public unsafe void Kernels_AllWays_GiveTheSameSums()
    {
        var random = new SplitMix64(5);
        foreach (var (rows, queries, stride) in ((int, int, int)[])[(1, 1, 64), (7, 1, 128), (9, 4, 64), (16, 8, 576), (3, 12, 192)])
        {
            var (left, right) = (new byte[rows * stride], new byte[queries * stride]);
            random.NextBytes(left);
            random.NextBytes(right);
            Array.Fill(left, byte.MaxValue, 0, stride); // the largest sums
            Array.Fill(right, unchecked((byte)sbyte.MinValue), 0, stride);
            var expected = new int[queries * rows];
            for (var i = 0; i < expected.Length; i++)
                expected[i] = Enumerable.Range(0, stride).Sum(k => left[i % rows * stride + k] * (sbyte)right[i / rows * stride + k]);
            foreach (var kernel in Int8Kernel.Available)
            {
                var sums = new int[queries * rows];
                fixed (byte* l = left, r = right)
                fixed (int* s = sums)
                    kernel(l, rows, (sbyte*)r, queries, stride, s, rows);
                Assert.Equal(expected, sums);
            }
        }
        Assert.Contains(Int8Kernel.Plain, Int8Kernel.Available);
    }

    [Fact]
    public void Search_VectorsThatHardlyDiffer_IsStillExact()
    {
        // All rows lie within the error of bytes, so that only float16 tells them apart.
        using var index = SoundIndex.Create(NewPlace(), Settings);
        var vectors = TestVectors.Clustered(6000, centres: 1, spread: 0.02);
        index.Put([.. vectors.Select((vector, i) => TestVectors.File($"{i}.wav", [vector]))]);
        var rounded = vectors.Select(vector => Array.ConvertAll(vector, value => (float)(Half)value)).ToArray();
        foreach (var query in TestVectors.Clustered(4, centres: 1, spread: 0.02, seed: 2))
        {
            var hits = index.Search([query], 10)[0];
            Assert.All(TestVectors.Best(rounded, query, 10).Zip(hits), pair => Assert.Equal(TestVectors.Dot(rounded[pair.First], query), pair.Second.Score, 1e-6));
        }
    }

    [Fact]
    public void Open_AfterAWriteThatDidNotEnd_HasWhatCameBefore()
    {
        var place = NewPlace();
        var vectors = TestVectors.Clustered(5);
        using (var index = SoundIndex.Create(place, Settings))
            index.Put([TestVectors.File("a.wav", vectors[..3])]);
        // Rows that the catalogue does not count, as of a process that was killed between the two.
        using (var files = new VectorFiles(place, 0, Settings.Width, forWriting: true))
            files.Append(3, vectors[3..]);
        File.WriteAllText(Path.Combine(place, "vectors-1.f16"), "of a closing of holes that did not end");
        using (var index = SoundIndex.OpenForWriting(place))
        {
            Assert.Equal(3, index.Search([vectors[4]], 10)[0].Count);
            Assert.False(File.Exists(Path.Combine(place, "vectors-1.f16")));
            index.Put([TestVectors.File("b.wav", vectors[3..4])]);
            Assert.Equal(1, index.Search([vectors[3]], 1)[0][0].Score, 1e-3);
            Assert.Empty(index.Verify());
        }
    }

    [Fact]
    public void Verify_DamagedFiles_SaysWhich_AndSearchBytesAreMadeAnew()
    {
        var place = NewPlace();
        var vectors = TestVectors.Clustered(40);
        using (var index = SoundIndex.Create(place, Settings))
            index.Put([TestVectors.File("a.wav", vectors[..20]), TestVectors.File("b.wav", vectors[20..])]);
        var (exact, bytes) = (Path.Combine(place, "vectors-0.f16"), Path.Combine(place, "vectors-0.i8"));
        Change(bytes, 3 * 128 + 5);
        using (var index = SoundIndex.OpenForWriting(place))
            Assert.Contains("The search bytes of '/sounds/a.wav'", Assert.Single(index.Verify()), StringComparison.Ordinal);
        File.Delete(bytes);
        Assert.Contains("cannot be read", Assert.Throws<IndexException>(() => SoundIndex.Open(place)).Message, StringComparison.Ordinal);
        using (var index = SoundIndex.OpenForWriting(place))
            Assert.Empty(index.Verify());
        Change(exact, 25 * Settings.Width * 2 + 3);
        using (var index = SoundIndex.OpenForWriting(place))
            Assert.Contains("The vectors of '/sounds/b.wav' are not those", Assert.Single(index.Verify()), StringComparison.Ordinal);
        using (var file = new FileStream(exact, FileMode.Open))
            file.SetLength(25 * Settings.Width * 2);
        using (var index = SoundIndex.OpenForWriting(place))
        {
            Assert.Contains("The vectors of '/sounds/b.wav' are missing", Assert.Single(index.Verify()), StringComparison.Ordinal);
            Assert.Contains("shorter than its catalogue says", Assert.Throws<IndexException>(() => index.Search([vectors[0]], 1)).Message, StringComparison.Ordinal);
        }
        File.WriteAllText(Path.Combine(place, "catalogue.db"), "no database, but some bytes of text");
        Assert.Contains("is damaged", Assert.Throws<IndexException>(() => SoundIndex.Open(place)).Message, StringComparison.Ordinal);

        static void Change(string path, long at)
        {
            using var file = new FileStream(path, FileMode.Open);
            file.Position = at;
            var value = file.ReadByte();
            file.Position = at;
            file.WriteByte((byte)(value ^ 0x40));
        }
    }

    [Fact]
    public void Create_InAFolderOfOtherFiles_OrOnAFile_IsRefused()
    {
        var place = NewPlace();
        Directory.CreateDirectory(place);
        File.WriteAllText(Path.Combine(place, "song.wav"), "x");
        Assert.Contains("holds other files", Assert.Throws<IndexException>(() => SoundIndex.Create(place, Settings)).Message, StringComparison.Ordinal);
        Assert.Contains("is a file", Assert.Throws<IndexException>(() => SoundIndex.Create(Path.Combine(place, "song.wav"), Settings)).Message, StringComparison.Ordinal);
        Assert.Equal(["song.wav"], Directory.GetFileSystemEntries(place).Select(Path.GetFileName));
    }

    [Fact]
    public void OpenForWriting_WhileAnotherWrites_IsRefused()
    {
        var place = NewPlace();
        using (SoundIndex.Create(place, Settings))
        {
            Assert.Contains("is being written by another", Assert.Throws<IndexException>(() => SoundIndex.OpenForWriting(place)).Message, StringComparison.Ordinal);
            Assert.Contains("is being written by another", Assert.Throws<IndexException>(() => SoundIndex.Create(place, Settings)).Message, StringComparison.Ordinal);
        }
        SoundIndex.OpenForWriting(place).Dispose();
    }

    [Fact]
    public void Put_WhereTheFolderIsGone_IsOneSentence()
    {
        var place = NewPlace();
        using var index = SoundIndex.Create(place, Settings);
        Directory.Delete(place, recursive: true);
        Assert.Contains("is gone", Assert.Throws<IndexException>(() => index.Put([TestVectors.File("a.wav", TestVectors.Clustered(1))])).Message, StringComparison.Ordinal);
    }
}
