namespace Auricle.Search.Tests;

/// <summary>What every engine must do.</summary>
public sealed class SoundIndexConformance : IDisposable
{
    private readonly IndexPlaces _places = new();

    private static IndexSettings Settings => TestVectors.Settings;

    public void Dispose() => _places.Dispose();

    // WebAssembly takes its time.
    private static int Size(string engine, int count) => engine == "postgres" ? count / 10 : count;

    [Theory, Engine("folder"), Engine("postgres")]
    public void Search_ManyQueries_FindsWhatExactProductsFind(string engine)
    {
        using var index = SoundIndex.Create(_places.New(engine), Settings);
        var vectors = TestVectors.Clustered(Size(engine, 3000));
        // Files of one to four stretches.
        var first = 0;
        var files = new List<NewFile>();
        for (var i = 0; first < vectors.Length; i++)
        {
            var count = Math.Min(1 + i % 4, vectors.Length - first);
            files.Add(TestVectors.File($"{i}.wav", vectors[first..(first + count)]));
            first += count;
        }
        foreach (var some in files.Chunk(500))
            index.Put(some);
        var segments = files.SelectMany((file, i) => file.Segments.Select(segment => ($"{i}.wav", segment.Start))).ToArray();

        var queries = TestVectors.Clustered(21, seed: 1).Concat(TestVectors.Clustered(5, seed: 9)).ToArray();
        var found = index.Search(queries, 12, exact: true);
        Assert.Equal(queries.Length, found.Length);
        foreach (var (query, hits) in queries.Zip(found))
        {
            var expected = TestVectors.Best(vectors, query, 12);
            var paths = index.Find([.. hits.Select(hit => hit.File)]);
            Assert.Equal(12, hits.Count);
            for (var i = 0; i < 12; i++)
            {
                // Values of float16 may exchange what lies closer together than their last bit.
                Assert.Equal(TestVectors.Dot(vectors[expected[i]], query), hits[i].Score, 2e-3);
                var place = Array.IndexOf(segments, (paths[hits[i].File].Stamp.Path, hits[i].Start));
                Assert.Equal(TestVectors.Dot(vectors[place], query), hits[i].Score, 1e-3);
            }
            Assert.Equal(hits.Select(hit => hit.Score).OrderDescending(), hits.Select(hit => hit.Score));
            Assert.Equal(12, hits.Select(hit => hit.Segment).Distinct().Count());
            Assert.Equal(hits.Select(hit => hit.Segment), index.Search([query], 12, exact: true)[0].Select(hit => hit.Segment));
        }
        Assert.Equal(vectors.Length, index.Search([queries[0]], 5000, exact: true)[0].Count);
        Assert.Empty(index.Search([], 3));
    }

    [Theory, Engine("folder"), Engine("postgres")]
    public void Find_WhatWasPut_ComesBackAsItWas(string engine)
    {
        using var index = SoundIndex.Create(_places.New(engine), Settings);
        var vectors = TestVectors.Clustered(3);
        var recorded = new DateTimeOffset(2021, 5, 6, 7, 8, 9, TimeSpan.Zero);
        const string Name = "größe/雷/tô 'quote\" %_.wav";
        index.Put(
        [
            TestVectors.File(Name, vectors[..2], seconds: 9.5, recorded: recorded, tags: [("title", "Gewitter ⚡ 'über' der Stadt"), ("artist", "A \"B\"")]),
            new NewFile(TestVectors.Stamp("broken.wav", hash: ""), new SoundFacts(0, recorded, new Dictionary<string, string>()), [], "'broken.wav' is no sound."),
        ]);
        var file = index.Files().Single(file => file.Error is null);
        Assert.Equal(TestVectors.Stamp(Name), file.Stamp);
        Assert.Equal((9.5, recorded, 2), (file.Facts.Seconds, file.Facts.Recorded, file.Segments));
        Assert.Equal(new Dictionary<string, string> { ["title"] = "Gewitter ⚡ 'über' der Stadt", ["artist"] = "A \"B\"" }, file.Facts.Tags);
        Assert.Equal("'broken.wav' is no sound.", index.Files().Single(other => other.Id != file.Id).Error);
        var hit = index.Search([vectors[1]], 1)[0][0];
        Assert.Equal((file.Id, 5.0, 10.0), (hit.File, hit.Start, hit.End));
        Assert.Equal(1, hit.Score, 1e-3);
        Assert.All(index.Vectors([hit.Segment])[0].Zip(vectors[1]), pair => Assert.Equal(pair.Second, pair.First, 1e-3));
        var counts = index.Count();
        Assert.Equal((1L, 1L, 2L, 9.5), (counts.Files, counts.Failed, counts.Segments, counts.Seconds));
        Assert.True(counts.Bytes > 0);
        Assert.Equal("/sounds", Assert.Single(index.Roots()));
        Assert.Empty(index.Verify());
    }

    [Theory, Engine("folder"), Engine("postgres")]
    public void Put_SamePathAgain_TakesThePlaceOfTheEarlier(string engine)
    {
        using var index = SoundIndex.Create(_places.New(engine), Settings);
        var vectors = TestVectors.Clustered(4, centres: 4, spread: 0.1);
        index.Put([TestVectors.File("a.wav", vectors[..2]), TestVectors.File("b.wav", vectors[2..3])]);
        index.Put([TestVectors.File("a.wav", vectors[3..])]);
        Assert.Equal((2L, 2L), (index.Count().Files, index.Count().Segments));
        var hits = index.Search([vectors[0]], 10)[0];
        Assert.Equal(2, hits.Count);
        Assert.Equal(["a.wav", "b.wav"], index.Files().Select(file => file.Stamp.Path).Order());
        var own = index.Search([vectors[3]], 1)[0][0];
        Assert.Equal((1.0, "a.wav"), (Math.Round(own.Score, 2), index.Find([own.File])[own.File].Stamp.Path));
        Assert.Empty(index.Verify());
    }

    [Theory, Engine("folder"), Engine("postgres")]
    public void Remove_ManyFiles_LeavesTheRestAsItWas(string engine)
    {
        using var index = SoundIndex.Create(_places.New(engine), Settings);
        var vectors = TestVectors.Clustered(Size(engine, 4000));
        foreach (var some in vectors.Index().Chunk(1000))
            index.Put([.. some.Select(item => TestVectors.File($"{item.Index}.wav", [item.Item]))]);
        // More than half, so that rows are closed up where an engine has rows.
        index.Remove([.. index.Files().Where(file => int.Parse(file.Stamp.Path[..^4]) % 4 != 0).Select(file => file.Id)]);
        var left = vectors.Where((_, i) => i % 4 == 0).ToArray();
        Assert.Equal(left.Length, index.Count().Segments);
        foreach (var query in TestVectors.Clustered(5, seed: 3))
        {
            var hits = index.Search([query], 8, exact: true)[0];
            Assert.All(TestVectors.Best(left, query, 8).Zip(hits), pair => Assert.Equal(TestVectors.Dot(left[pair.First], query), pair.Second.Score, 2e-3));
            Assert.All(hits, hit => Assert.Equal(0, int.Parse(index.Find([hit.File])[hit.File].Stamp.Path[..^4]) % 4));
        }
        Assert.Empty(index.Verify());
        index.Remove([.. index.Files().Select(file => file.Id)]);
        Assert.Empty(index.Search([vectors[0]], 5)[0]);
        Assert.Empty(index.Roots());
        index.Put([TestVectors.File("new.wav", vectors[..1])]);
        Assert.Single(index.Search([vectors[0]], 5)[0]);
    }

    [Theory, Engine("folder"), Engine("postgres")]
    public void Search_WithFilters_LooksOnlyAtWhatTheyLetThrough(string engine)
    {
        using var index = SoundIndex.Create(_places.New(engine), Settings);
        var vectors = TestVectors.Clustered(200);
        index.Put([.. vectors.Select((vector, i) => TestVectors.File(
            $"{(i % 2 == 0 ? "even" : "odd")}/{i}.wav", [vector], i < 150 ? "/sounds" : "/other", seconds: i, recorded: DateTimeOffset.FromUnixTimeSeconds(86400L * i),
            tags: i % 5 == 0 ? [("artist", $"Band Nr. {i}")] : []))]);

        Check(new IndexFilter { Under = "/sounds" }, i => i < 150);
        Check(new IndexFilter { Under = "/" }, _ => true);
        Check(new IndexFilter { Under = "/sounds/even" }, i => i < 150 && i % 2 == 0);
        Check(new IndexFilter { Under = "/sounds/even/" }, i => i < 150 && i % 2 == 0);
        Check(new IndexFilter { Under = "/sounds/eve" }, _ => false);
        Check(new IndexFilter { Under = "/sounds/even/4.wav" }, i => i == 4);
        Check(new IndexFilter { Under = "/soundsx" }, _ => false);
        Check(new IndexFilter { After = DateTimeOffset.FromUnixTimeSeconds(86400L * 120), Before = DateTimeOffset.FromUnixTimeSeconds(86400L * 130) }, i => i is >= 120 and < 130);
        Check(new IndexFilter { MinSeconds = 100, MaxSeconds = 110, Under = "/sounds/odd" }, i => i is > 100 and < 110 && i % 2 == 1);
        Check(new IndexFilter { Tags = [KeyValuePair.Create("Artist", "band")] }, i => i % 5 == 0);
        Check(new IndexFilter { Tags = [KeyValuePair.Create("artist", "BAND"), KeyValuePair.Create("artist", "5")] }, i => i % 5 == 0 && $"{i}".Contains('5'));
        Check(new IndexFilter { Tags = [KeyValuePair.Create("artist", "%")] }, _ => false);
        Check(new IndexFilter { Tags = [KeyValuePair.Create("title", "band")] }, _ => false);

        void Check(IndexFilter filter, Func<int, bool> passes)
        {
            var allowed = vectors.Index().Where(item => passes(item.Index)).ToArray();
            Assert.Equal(allowed.Length, index.Files(filter).Count);
            foreach (var exact in (bool[])[true, false])
            {
                var hits = index.Search([vectors[7]], 500, filter, exact)[0];
                Assert.Equal(
                    allowed.Select(item => item.Index).Order(),
                    hits.Select(hit => int.Parse(Path.GetFileNameWithoutExtension(index.Find([hit.File])[hit.File].Stamp.Path))).Order());
            }
        }
    }

    [Theory, Engine("folder"), Engine("postgres")]
    public void Update_AndMoveRoot_FindFilesAtTheirNewPlaces(string engine)
    {
        using var index = SoundIndex.Create(_places.New(engine), Settings);
        var vectors = TestVectors.Clustered(3);
        index.Put([TestVectors.File("a.wav", vectors[..1]), TestVectors.File("b.wav", vectors[1..2]), TestVectors.File("c.wav", vectors[2..], "/more")]);
        var a = index.Files().Single(file => file.Stamp.Path == "a.wav");
        index.Update([(a.Id, TestVectors.Stamp("deep/a2.wav", hash: "bb"))]);
        Assert.Equal(TestVectors.Stamp("deep/a2.wav", hash: "bb"), index.Find([a.Id])[a.Id].Stamp);
        index.Update([(a.Id, TestVectors.Stamp("b.wav", hash: "bb"))]); // takes its place
        Assert.Equal(2, index.Count().Segments);
        index.MoveRoot("/sounds", "/elsewhere");
        Assert.Equal(["/elsewhere/b.wav", "/more/c.wav"], index.Files().Select(file => file.Stamp.FullPath).Order());
        Assert.Contains("has no folder '/sounds'", Assert.Throws<IndexException>(() => index.MoveRoot("/sounds", "/x")).Message, StringComparison.Ordinal);
        Assert.Contains("has the folder '/more' already", Assert.Throws<IndexException>(() => index.MoveRoot("/elsewhere", "/more")).Message, StringComparison.Ordinal);
    }

    [Theory, Engine("folder"), Engine("postgres")]
    public void Create_OfAnotherModel_IsRefusedUnlessRebuilt(string engine)
    {
        var place = _places.New(engine);
        var vectors = TestVectors.Clustered(2);
        using (var index = SoundIndex.Create(place, Settings))
            index.Put([TestVectors.File("a.wav", vectors[..1])]);
        var other = Settings with { Model = "large", Fingerprint = "fedcba98765432" };
        var error = Assert.Throws<IndexMismatchException>(() => SoundIndex.Create(place, other));
        Assert.True(error.IsRequest);
        Assert.Contains("by the model 'tiny' (01234567), not by 'large' (fedcba98)", error.Message, StringComparison.Ordinal);
        Assert.Contains("--rebuild", error.Message, StringComparison.Ordinal);
        Assert.Contains("another version", Assert.Throws<IndexMismatchException>(() => SoundIndex.Create(place, Settings with { Fingerprint = "ff" })).Message, StringComparison.Ordinal);
        Assert.Contains("stretches of 10 s", Assert.Throws<IndexMismatchException>(() => SoundIndex.Create(place, Settings with { SegmentSeconds = 5 })).Message, StringComparison.Ordinal);
        // The same weights under another name are the same model.
        using (var index = SoundIndex.Create(place, Settings with { Model = "copy" }))
            Assert.Equal((1L, "tiny"), (index.Count().Files, index.Settings.Model));
        using (var index = SoundIndex.Create(place, other with { Width = 3 }, rebuild: true))
        {
            Assert.Equal((0L, other with { Width = 3 }), (index.Count().Files, index.Settings));
            index.Put([TestVectors.File("a.wav", [[1, 0, 0]])]);
            Assert.Single(index.Search([[0, 1, 0]], 1)[0]);
        }
    }

    [Theory, Engine("folder"), Engine("postgres")]
    public void Vectors_OfWrongSizeOrLength_AreRefused(string engine)
    {
        using var index = SoundIndex.Create(_places.New(engine), Settings);
        Assert.Throws<ArgumentException>(() => index.Put([TestVectors.File("a.wav", [[1f, 0]])]));
        Assert.Throws<ArgumentException>(() => index.Put([TestVectors.File("a.wav", [Enumerable.Repeat(1f, TestVectors.Width).ToArray()])]));
        Assert.Throws<ArgumentException>(() => index.Put([TestVectors.File("a.wav", [Enumerable.Repeat(float.NaN, TestVectors.Width).ToArray()])]));
        Assert.Throws<ArgumentException>(() => index.Search([[1f]], 1));
        index.Put([TestVectors.File("silent.wav", [new float[TestVectors.Width]])]);
        Assert.Equal(0, index.Search([TestVectors.Clustered(1)[0]], 1)[0][0].Score);
    }

    [Theory, Engine("folder"), Engine("postgres")]
    public void Open_WhileAnotherWrites_SeesWhatIsWritten(string engine)
    {
        var place = _places.New(engine);
        using var index = SoundIndex.Create(place, Settings);
        var vectors = TestVectors.Clustered(3);
        index.Put([TestVectors.File("a.wav", vectors[..1])]);
        using var reader = SoundIndex.Open(place);
        Assert.Single(reader.Search([vectors[0]], 5)[0]);
        index.Put([TestVectors.File("b.wav", vectors[1..2])]);
        Assert.Equal(2, reader.Search([vectors[0]], 5)[0].Count);
        index.Remove([.. index.Files().Select(file => file.Id)]);
        Assert.Empty(reader.Search([vectors[0]], 5)[0]);
    }

    [Theory, Engine("folder"), Engine("postgres")]
    public void Open_WhereNoIndexIs_SaysSo(string engine)
    {
        var place = _places.New(engine);
        Assert.False(SoundIndex.Exists(place));
        var error = Assert.Throws<IndexException>(() => SoundIndex.Open(place));
        Assert.True(error.IsRequest);
        Assert.Contains("There is no index at", error.Message, StringComparison.Ordinal);
    }

    [Theory, Engine("folder"), Engine("postgres")]
    public async Task Search_FromManyThreads_WhileFilesComeAndGo_GivesWhatIsThere(string engine)
    {
        using var index = SoundIndex.Create(_places.New(engine), Settings);
        var vectors = TestVectors.Clustered(Size(engine, 2600));
        index.Put([TestVectors.File("always.wav", vectors[..1])]);
        using var end = new CancellationTokenSource();
        var searchers = Enumerable.Range(0, 3).Select(_ => Task.Run(() =>
        {
            var searches = 0;
            while (!end.IsCancellationRequested || searches == 0)
            {
                Assert.Equal(1, index.Search([vectors[0]], 3)[0][0].Score, 1e-3);
                searches++;
            }
        })).ToArray();
        for (var round = 0; round < 3; round++)
        {
            index.Put([.. vectors[1..].Select((vector, i) => TestVectors.File($"{i}.wav", [vector]))]);
            index.Remove([.. index.Files().Where(file => file.Stamp.Path != "always.wav").Select(file => file.Id)]);
        }
        await end.CancelAsync();
        await Task.WhenAll(searchers);
    }

    [Theory, Engine("folder"), Engine("postgres")]
    public void BuildGraph_OfClusteredVectors_FindsNearlyWhatExactSearchFinds(string engine)
    {
        var place = _places.New(engine);
        var vectors = TestVectors.Clustered(Size(engine, 4000));
        var more = TestVectors.Clustered(20, seed: 1);
        using (var index = SoundIndex.Create(place, Settings))
        {
            foreach (var some in vectors.Index().Chunk(1000))
                index.Put([.. some.Select(item => TestVectors.File($"{item.Index % 2}/{item.Index}.wav", [item.Item]))]);
            Assert.Null(index.Graph);
            var report = index.BuildGraph();
            Assert.Equal(report, index.Graph);
            Assert.Equal((vectors.Length, 100), (report.Segments, report.Queries));
            Assert.InRange(report.RecallAt10, 0.95, 1);
            // What comes and goes after the building is found and not found.
            index.Put([.. more.Select((vector, i) => TestVectors.File($"more/{i}.wav", [vector]))]);
            index.Remove([.. index.Files().Take(50).Select(file => file.Id)]);
        }
        using var reader = SoundIndex.Open(place);
        Assert.Equal(vectors.Length, reader.Graph!.Segments);
        foreach (var query in more)
        {
            var found = reader.Search([query], 10)[0];
            Assert.Equal(1, found[0].Score, 2e-3);
            var expected = reader.Search([query], 10, exact: true)[0];
            Assert.InRange(expected.Count(hit => found.Any(other => other.Segment == hit.Segment)), 8, 10);
            var filter = new IndexFilter { Under = "/sounds/1" };
            var filtered = reader.Search([query], 10, filter)[0];
            Assert.Equal(10, filtered.Count);
            Assert.All(reader.Find([.. filtered.Select(hit => hit.File)]).Values, file => Assert.StartsWith("1/", file.Stamp.Path, StringComparison.Ordinal));
        }
        Assert.Equal(reader.Count().Segments, reader.Search([more[0]], 100_000)[0].Count);
    }
}
