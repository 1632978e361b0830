using Auricle;

// Says what is heard in the files that the command line names: dotnet run --project samples/CaptionFile -- some.wav
using var captioner = AudioCaptioner.Load("auricle-small");
foreach (var outcome in captioner.CaptionFiles(args))
{
    Console.WriteLine(outcome.IsSuccess
        ? $"{outcome.File}: {outcome.Result.Caption} (score {outcome.Result.Score:0.00})"
        : outcome.Error);
}
