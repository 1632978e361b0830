using Auricle;

// Says which labels fit the files that the command line names, and when: dotnet run --project samples/TagSound -- some.wav
using var tagger = SoundTagger.Load("auricle-small");
foreach (var outcome in tagger.TagFiles(args, new TagOptions { Top = 3, Timeline = true }))
{
    Console.WriteLine(outcome.IsSuccess ? $"{outcome.File}: {string.Join(", ", outcome.Result.Tags.Select(tag => tag.Label))}" : outcome.Error);
    foreach (var (time, tags) in outcome.Result?.Timeline ?? [])
        Console.WriteLine($"  {time:0.0} s: {string.Join(", ", tags.Select(tag => $"{tag.Label} {tag.Probability:0.00}"))}");
}
