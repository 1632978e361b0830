using Auricle;

// Indexes a folder and finds sounds in it by words, with a model whose sounds and texts share a space:
// dotnet run --project samples/SearchSounds -- MODEL samples/sounds "a dog barks"
using var model = AudioModel.Load(args[0]);
var place = Path.Combine(Path.GetTempPath(), "auricle-sample-index");
using (var indexer = new SoundIndexer(model, place))
{
    var plan = indexer.Plan([args[1]]);
    foreach (var outcome in indexer.Update(plan).Where(outcome => !outcome.IsSuccess))
        Console.Error.WriteLine(outcome.Error);
}
using var index = Auricle.Search.SoundIndex.Open(place);
using var search = new SoundSearch(model, index);
foreach (var hit in search.Find(args[2], top: 5))
    Console.WriteLine($"{hit.Score:0.000}  {hit.File}  {hit.Start:0.0}-{hit.End:0.0} s");
