using System.Globalization;
using Auricle.Fuzz;
using Auricle.Fuzz.Targets;

// auricle-fuzz [--seconds N] [--seed N] [--folder FOLDER] [TARGET...]   tries variations of well-formed inputs
// auricle-fuzz TARGET=FILE...                                           tries files that were kept

FuzzTarget[] targets = [new SoundTarget(), new FfmpegTarget(), new PatternTarget(), .. TextTarget.All(), .. WeightTarget.All(), .. DataTarget.All(), .. ResumeTarget.All()];
var (seconds, seed, folder) = (60.0, Environment.TickCount, Path.Combine(Path.GetTempPath(), "auricle-fuzz"));
var names = new List<string>();
for (var i = 0; i < args.Length; i++)
{
    switch (args[i])
    {
        case "--seconds" when i + 1 < args.Length && double.TryParse(args[i + 1], CultureInfo.InvariantCulture, out seconds):
        case "--seed" when i + 1 < args.Length && int.TryParse(args[i + 1], CultureInfo.InvariantCulture, out seed):
            i++;
            break;
        case "--folder" when i + 1 < args.Length:
            folder = args[++i];
            break;
        default:
            names.Add(args[i]);
            break;
    }
}
var unknown = names.Find(name => !Array.Exists(targets, target => target.Name == name.Split('=')[0]));
if (unknown is not null)
{
    Console.Error.WriteLine($"There is no target '{unknown}'; there are {string.Join(", ", targets.Select(target => target.Name))}.");
    return 2;
}

Directory.CreateDirectory(folder);
var chosen = Array.FindAll(targets, target => names.Count == 0 || names.Exists(name => name.Split('=')[0] == target.Name));
var findings = 0;
foreach (var target in chosen)
{
    var fuzzer = new Fuzzer(target, folder);
    var files = names.Where(name => name.StartsWith(target.Name + "=", StringComparison.Ordinal)).Select(name => name[(target.Name.Length + 1)..]).ToList();
    if (files.Count > 0)
    {
        foreach (var file in files)
            Console.WriteLine($"{file}: {(fuzzer.Try(File.ReadAllBytes(file)) ? "all promises kept" : "not as promised")}");
    }
    else
    {
        var count = fuzzer.Run(seconds / chosen.Length, seed);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{target.Name}: {count} inputs tried with seed {seed}, {fuzzer.Findings} findings"));
    }
    findings += fuzzer.Findings;
}
return findings == 0 ? 0 : 1;
