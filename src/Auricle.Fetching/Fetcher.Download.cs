using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;

namespace Auricle.Fetching;

public sealed partial class Fetcher
{
    private const int BufferBytes = 1 << 17;

    // Fewer bytes than this are no progress: a server that breaks off at once would be asked for ever.
    private const int Progress = 1 << 16;

    private static readonly TimeSpan BetweenReports = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan RateWindow = TimeSpan.FromSeconds(5);

    /// <summary>Fetches a file, unless it is there already. What is there is taken for complete, since nothing incomplete ever gets the name.</summary>
    /// <param name="file">The file.</param>
    /// <param name="target">Where it is to lie.</param>
    /// <param name="progress">Hears some ten times a second how far it has come.</param>
    /// <param name="cancellationToken">Ends the work; what has come is kept for the next time.</param>
    /// <exception cref="FetchException">It could not be fetched, is not what was announced, or has no room here.</exception>
    public async Task FetchAsync(RemoteFile file, FetchTarget target, IProgress<FetchProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(file);
        ArgumentNullException.ThrowIfNull(target);
        if (File.Exists(target.Path))
            return;
        CheckAddress(file.Address);
        try
        {
            foreach (var path in (string[])[target.Path, target.PartialPath, target.LockPath])
                Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
            using var claim = await FileLock.AcquireAsync(
                target.LockPath, () => progress?.Report(new(file.Name, FetchState.Waiting, 0, file.Size, 0)), cancellationToken).ConfigureAwait(false);
            if (!File.Exists(target.Path))
                await new Download(this, file, target, progress).RunAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw NotKept(file, target, error);
        }
        progress?.Report(new(file.Name, FetchState.Finished, file.Size ?? new FileInfo(target.Path).Length, file.Size, 0));
    }

    private static FetchException NotKept(RemoteFile file, FetchTarget target, Exception error)
    {
        // The system's sentence ends in the path in quotes, which would be there twice.
        var reason = error.Message.Split(" : '")[0].TrimEnd('.');
        const int NoSpace = 28, Quota = 122, TooLarge = 27;   // ENOSPC, EDQUOT, EFBIG
        return error is IOException && error.HResult is NoSpace or Quota or TooLarge
            ? new FetchException(
                FetchFault.NoSpace, $"There is no room for {file.Name} in '{Path.GetDirectoryName(target.Path)}' ({reason}); make room, then the fetch goes on where it stopped.", error)
            : new FetchException(
                FetchFault.NotWritable, $"{file.Name} cannot be kept in '{Path.GetDirectoryName(target.Path)}' ({reason}); make the folder writable, or choose another.", error);
    }

    /// <summary>One file on its way.</summary>
    private sealed class Download(Fetcher fetcher, RemoteFile file, FetchTarget target, IProgress<FetchProgress>? progress)
    {
        private readonly Queue<(long Time, long Bytes)> _arrivals = new();
        private long _reported;
        private long? _total = file.Size;
        private long _furthest;   // the most bytes that the part ever had here
        private bool _isMixed;   // whether bytes of an earlier run are in the part

        // Which version of the file the part belongs to, where no hash will tell.
        private string ValidatorPath => target.PartialPath + ".etag";

        public async Task RunAsync(CancellationToken cancellationToken)
        {
            _isMixed = Have > 0;
            while (true)
            {
                await CollectAsync(cancellationToken).ConfigureAwait(false);
                progress?.Report(new(file.Name, FetchState.Checking, Have, _total, 0));
                var actual = file.Hash is null ? null : await FileHash.ComputeAsync(target.PartialPath, file.Hash.Kind, cancellationToken).ConfigureAwait(false);
                if (actual == file.Hash)
                    break;
                Discard();
                if (!_isMixed)
                {
                    throw new FetchException(
                        FetchFault.WrongHash,
                        $"What {Shown(file.Address)} sent as {file.Name} is not what was published: its hash is {actual}, not {file.Hash}; try again, and if it stays so, tell the publisher.");
                }
                _isMixed = false;   // once more, with bytes of one run alone
            }
            using (var done = new FileStream(target.PartialPath, FileMode.Open, FileAccess.ReadWrite))
                done.Flush(flushToDisk: true);
            File.Move(target.PartialPath, target.Path, overwrite: true);
            File.Delete(ValidatorPath);
        }

        private long Have => File.Exists(target.PartialPath) ? new FileInfo(target.PartialPath).Length : 0;

        /// <summary>Attempts until the part is complete.</summary>
        private async Task CollectAsync(CancellationToken cancellationToken)
        {
            var isComplete = false;
            while (!isComplete)
            {
                isComplete = await fetcher.Retrying(() => progress?.Report(new(file.Name, FetchState.Retrying, Have, _total, 0)))
                    .ExecuteAsync(AttemptAsync, cancellationToken).ConfigureAwait(false);
            }
        }

        /// <returns>Whether the part is complete; where not, more of it has come.</returns>
        private async Task<bool> AttemptAsync(CancellationToken cancellationToken)
        {
            var have = Have;
            var validator = have > 0 && File.Exists(ValidatorPath) ? await File.ReadAllTextAsync(ValidatorPath, cancellationToken).ConfigureAwait(false) : null;
            if (have > 0 && ((validator is null && file.Hash is null) || have > file.Size))
            {
                Discard();
                (have, validator) = (0, null);
            }
            if (have > 0 && have == file.Size)
                return true;
            CheckRoom(file.Size - have);
            using var response = await fetcher.SendAsync(file.Address, file.Token, request => Resume(request, have, validator), cancellationToken).ConfigureAwait(false);
            if (response.StatusCode == HttpStatusCode.RequestedRangeNotSatisfiable)
            {
                // The part is as long as the file, whose length nobody knew, or longer.
                if (response.Content.Headers.ContentRange?.Length == have && have > 0)
                    return true;
                Discard();
                throw Broken(file.Address, "it has no such part");
            }
            fetcher.ThrowIfRefused(response, file.Address);
            // Where the right bytes are not known, at least a log-in page or a compressed stream is not taken for them.
            if (file.Hash is null && (response.Content.Headers.ContentEncoding.Any(encoding => encoding != "identity")
                || (response.Content.Headers.ContentType?.MediaType == "text/html" && Path.GetExtension(file.Name) is not (".html" or ".htm"))))
            {
                throw new FetchException(FetchFault.Answer, $"{Shown(file.Address)} sends a web page or a compressed stream instead of {file.Name}; check the address, and whether the network asks for a log-in.");
            }
            var range = response.Content.Headers.ContentRange;
            if (response.StatusCode == HttpStatusCode.PartialContent && (have == 0 || range?.From != have))
            {
                Discard();
                throw Broken(file.Address, "it sent another part than the one that was asked for");
            }
            var start = response.StatusCode == HttpStatusCode.PartialContent ? have : 0;
            var announced = range?.Length ?? start + response.Content.Headers.ContentLength;
            if (announced is not null && file.Size is not null && announced != file.Size)
                throw new FetchException(FetchFault.WrongSize, $"{file.Name} should have {file.Size} bytes, and {Shown(file.Address)} sends {announced}; it has changed, or the address is wrong.");
            _total = file.Size ?? announced;
            if ((announced ?? 0) > (file.Size ?? fetcher._options.LargestFile))
                throw TooMuch();
            if (start == 0)
            {
                Discard();
                _isMixed = false;
                CheckRoom(_total);
            }
            if (file.Hash is null)
                await RememberAsync(response, cancellationToken).ConfigureAwait(false);
            return await ReceiveAsync(response, start, cancellationToken).ConfigureAwait(false);
        }

        private async Task<bool> ReceiveAsync(HttpResponseMessage response, long start, CancellationToken cancellationToken)
        {
            var part = new FileStream(target.PartialPath, FileMode.Append, FileAccess.Write, FileShare.Read, bufferSize: 0);
            await using (part.ConfigureAwait(false))
            {
                var place = start;
                try
                {
                    var stream = await response.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
                    var buffer = new byte[BufferBytes];
                    while (await fetcher.ReceiveAsync(stream, buffer, file.Address, cancellationToken).ConfigureAwait(false) is var count and > 0)
                    {
                        if (place + count > (_total ?? fetcher._options.LargestFile))
                            throw TooMuch();
                        await part.WriteAsync(buffer.AsMemory(0, count), cancellationToken).ConfigureAwait(false);
                        place += count;
                        Report(place, count);
                    }
                }
                catch (BrokenAttemptException) when (IsProgress())
                {
                    return false;
                }
                if (place == _total || _total is null)
                    return true;
                return IsProgress() ? false : throw Broken(file.Address, $"it ended after {place} of {_total} bytes");

                // A server without ranges that always breaks off at one place brings nothing new.
                bool IsProgress()
                {
                    var before = Math.Max(_furthest, start);
                    _furthest = Math.Max(_furthest, place);
                    return place - before >= Progress;
                }
            }
        }

        private static void Resume(HttpRequestMessage request, long have, string? validator)
        {
            if (have == 0)
                return;
            request.Headers.Range = new RangeHeaderValue(have, null);
            if (validator is null)
                return;
            // A server whose file has changed since sends the whole of it.
            request.Headers.IfRange = EntityTagHeaderValue.TryParse(validator, out var tag) ? new RangeConditionHeaderValue(tag)
                : DateTimeOffset.TryParse(validator, System.Globalization.CultureInfo.InvariantCulture, out var date) ? new RangeConditionHeaderValue(date) : null;
        }

        private async Task RememberAsync(HttpResponseMessage response, CancellationToken cancellationToken)
        {
            var validator = response.Headers.ETag is { IsWeak: false } tag ? tag.Tag : response.Content.Headers.LastModified?.ToString("R");
            if (validator is null)
                File.Delete(ValidatorPath);
            else
                await File.WriteAllTextAsync(ValidatorPath, validator, cancellationToken).ConfigureAwait(false);
        }

        private void Discard()
        {
            File.Delete(target.PartialPath);
            File.Delete(ValidatorPath);
            _arrivals.Clear();
        }

        private void CheckRoom(long? bytes)
        {
            var folder = Path.GetDirectoryName(Path.GetFullPath(target.PartialPath))!;
            if (bytes is { } needed && new DriveInfo(folder).AvailableFreeSpace is var free && free < needed)
            {
                throw new FetchException(
                    FetchFault.NoSpace, $"{file.Name} needs {needed / 1e6:0.0} MB more in '{folder}', where {free / 1e6:0.0} MB are free; make room, or choose another folder.");
            }
        }

        private FetchException TooMuch() => new(
            FetchFault.WrongSize, $"{Shown(file.Address)} sends more than the {_total ?? fetcher._options.LargestFile} bytes that {file.Name} may have; check the address.");

        private void Report(long place, int count)
        {
            if (progress is null)
                return;
            var now = Stopwatch.GetTimestamp();
            _arrivals.Enqueue((now, count));
            while (Stopwatch.GetElapsedTime(_arrivals.Peek().Time, now) > RateWindow)
                _arrivals.Dequeue();
            if (_reported != 0 && Stopwatch.GetElapsedTime(_reported, now) < BetweenReports && place != _total)
                return;
            _reported = now;
            var seconds = Stopwatch.GetElapsedTime(_arrivals.Peek().Time, now).TotalSeconds;
            // The first arrival marks the begin, so that its own bytes belong to the time before.
            var bytes = _arrivals.Skip(1).Sum(arrival => arrival.Bytes);
            progress.Report(new(file.Name, FetchState.Running, place, _total, seconds > 0 ? bytes / seconds : 0));
        }
    }
}
