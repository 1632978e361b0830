using System.Formats.Tar;
using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using Auricle.Audio.Tests;
using Auricle.Fetching;
using Auricle.Testing.Serving;

namespace Auricle.Data.Tests;

/// <summary>Fetching from a real server that misbehaves.</summary>
public sealed class PullTests : IAsyncLifetime, IDisposable
{
    private readonly TestFolder _folder = new();
    private readonly Fetcher _fetcher = new(new FetcherOptions { FirstDelay = TimeSpan.FromMilliseconds(5) });
    private LocalServer _server = null!;

    public async Task InitializeAsync() => _server = await LocalServer.StartAsync();

    public async Task DisposeAsync() => await _server.DisposeAsync();

    public void Dispose()
    {
        _fetcher.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task Fetch_CutConnectionsAndBusyServer_GetsAllAndUnpacks()
    {
        var archive = Zip(("ESC-50-master/meta/esc50.csv", "filename,fold,target,category,esc10,src_file,take\na.wav,1,0,dog,True,1,A\n"), ("ESC-50-master/audio/a.wav", new string('x', 200_000)));
        _server.Serve("/ESC-50-master.zip", archive, "v1");
        _server.Next("/ESC-50-master.zip", LocalServer.Status(429, ("Retry-After", "0")), LocalServer.Cut(archive, archive.Length / 3, "v1"), LocalServer.Status(503));
        var layout = DataLayout.Find("esc50");
        await new DataPull(_fetcher).FetchAsync(layout.Sources, _folder.Root, _server.Address);
        using var set = layout.Read(_folder.Root);
        Assert.Equal("dog", Assert.Single(set.Items).Labels[0]);
        Assert.False(File.Exists(_folder.At("ESC-50-master.zip")));
        // Once more: nothing is asked for.
        var asked = _server.Requests.Count;
        await new DataPull(_fetcher).FetchAsync(layout.Sources, _folder.Root, _server.Address);
        Assert.Equal(asked, _server.Requests.Count);
    }

    [Fact]
    public async Task Fetch_WrongBytes_AreRefused()
    {
        var bytes = Encoding.UTF8.GetBytes("file_name,caption_1\na.wav,x\n");
        _server.Serve("/captions.csv", bytes);
        var source = new DataSource("captions.csv", _server.At("/captions.csv"), null, FileHash.Of(HashKind.Md5, new string('0', 32)));
        var error = await Assert.ThrowsAsync<FetchException>(() => new DataPull(_fetcher).FetchAsync([source], _folder.Root));
        Assert.Equal(FetchFault.WrongHash, error.Fault);
        Assert.False(File.Exists(_folder.At("captions.csv")));
#pragma warning disable CA5351   // it is what archives publish
        var right = source with { Hash = FileHash.Of(HashKind.Md5, Convert.ToHexStringLower(MD5.HashData(bytes))) };
#pragma warning restore CA5351
        await new DataPull(_fetcher).FetchAsync([right], _folder.Root);
        Assert.Equal(bytes, File.ReadAllBytes(_folder.At("captions.csv")));
        var none = await Assert.ThrowsAsync<FetchException>(() => new DataPull(_fetcher).FetchAsync([source with { Path = "other.csv", Address = _server.At("/none") }], _folder.Root));
        Assert.Equal(FetchFault.NotFound, none.Fault);
    }

    [Fact]
    public void Unpack_TarGzAndHostileNames_AreHandled()
    {
        var tar = new MemoryStream();
        using (var zipped = new GZipStream(tar, CompressionLevel.Fastest, leaveOpen: true))
        using (var writer = new TarWriter(zipped))
            writer.WriteEntry(new UstarTarEntry(TarEntryType.RegularFile, "UrbanSound8K/metadata/UrbanSound8K.csv") { DataStream = new MemoryStream("x"u8.ToArray()) });
        DataPull.Unpack(_folder.Bytes("UrbanSound8K.tar.gz", tar.ToArray()), _folder.At("out"), default);
        Assert.Equal("x", File.ReadAllText(_folder.At("out/UrbanSound8K/metadata/UrbanSound8K.csv")));
        var hostile = _folder.Bytes("hostile.zip", Zip(("../../escaped.txt", "x")));
        Assert.Contains("leads out of the folder", Assert.Throws<DataSetException>(() => DataPull.Unpack(hostile, _folder.At("out"), default)).Message, StringComparison.Ordinal);
        foreach (var name in new[] { "cut.zip", "text.7z", "cut.tar.gz", "half.tar.gz" })
        {
            var bytes = name switch { "cut.zip" => Zip(("a", new string('y', 5000)))[..60], "text.7z" => Encoding.ASCII.GetBytes("no archive at all"), "half.tar.gz" => tar.ToArray()[..^40], _ => tar.ToArray()[..20] };
            Assert.Contains("cannot be unpacked", Assert.Throws<DataSetException>(() => DataPull.Unpack(_folder.Bytes(name, bytes), _folder.At("out"), default)).Message, StringComparison.Ordinal);
        }
    }

    /// <summary>A stand-in script answers as yt-dlp does, since tests have no network: it writes the file that is asked for, or fails as for a video that is gone.</summary>
    [Fact]
    public async Task VideoClips_StandIn_FetchesWhatIsThereAndNotesTheRest()
    {
        _folder.Text("set/dataset/test.csv", "audiocap_id,youtube_id,start_time,caption\n1,-AheI8Epim4,30,A\n2,gonegonegon,0,B\n");
        var script = _folder.Text("bin/yt-dlp", """
            #!/bin/sh
            echo "$@" >> "$(dirname "$0")/asked"
            while [ $# -gt 0 ]; do
              case $1 in
                --output) target=$2; shift;;
                *gonegonegon) echo "ERROR: [youtube] gonegonegon: Video unavailable" >&2; exit 1;;
              esac
              shift
            done
            printf x > "$(printf '%s' "$target" | sed 's/%(ext)s/wav/')"

            """);
        if (OperatingSystem.IsWindows())
            return;
        File.SetUnixFileMode(script, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        var path = Environment.GetEnvironmentVariable("PATH");
        Environment.SetEnvironmentVariable("PATH", $"{_folder.At("bin")}:{path}");
        try
        {
            var options = new DataReadOptions { MissingLimit = 1, AllowsNone = true };
            var layout = DataLayout.Find("audiocaps");
            using (var set = layout.Read(_folder.At("set"), options))
                Assert.Equal((1, 1), await VideoClips.Find()!.FetchAsync(set));
            using var after = layout.Read(_folder.At("set"), options);
            Assert.Equal("test/-AheI8Epim4_30", Assert.Single(after.Items).Id);
            Assert.Contains("Video unavailable", File.ReadAllText(_folder.At("set/unavailable.csv")), StringComparison.Ordinal);
            var asked = File.ReadAllText(_folder.At("bin/asked"));
            Assert.Contains("--download-sections *30-40", asked, StringComparison.Ordinal);
            // What could not be had is not asked for again.
            Assert.Equal((0, 1), await VideoClips.Find()!.FetchAsync(after));
            Assert.Equal(asked, File.ReadAllText(_folder.At("bin/asked")));
        }
        finally
        {
            Environment.SetEnvironmentVariable("PATH", path);
        }
    }

    private static byte[] Zip(params (string Name, string Text)[] files)
    {
        var bytes = new MemoryStream();
        using (var archive = new ZipArchive(bytes, ZipArchiveMode.Create, leaveOpen: true))
        {
            foreach (var (name, text) in files)
            {
                using var entry = archive.CreateEntry(name, CompressionLevel.NoCompression).Open();
                entry.Write(Encoding.UTF8.GetBytes(text));
            }
        }
        return bytes.ToArray();
    }
}
