using System.Collections.Concurrent;
using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;

namespace Auricle.Audio.Decoding;

/// <summary>
/// One run of ffmpeg or ffprobe on one file: it may open nothing else, it ends when it takes too long, and it ends with this process,
/// whatever way that ends.
/// </summary>
internal sealed class FfmpegProcess : IDisposable
{
    // What a decoder may take that is waited for: a minute, and what a slow disk needs.
    private const double LeastSeconds = 60;
    private const double SlowestBytesPerSecond = 250_000;

    /// <summary>
    /// The formats that hold sound themselves. Left out are lists that name other files (hls, concat, dash, …), text and pictures, headerless
    /// samples, which are a guess, and music that is computed.
    /// </summary>
    private const string Formats =
        "3dostr,4xm,aa,aac,aax,ac3,acm,act,adx,aea,aiff,alac,amr,amrnb,amrwb,ape,aptx,asf,asf_o,ast,au,avi,avr,bink,binka,bfstm,brstm,bit,boa,caf,cdxl," +
        "codec2,daud,dhav,dsf,dss,dts,dtshd,dv,dxa,eac3,ea,film_cpk,flac,flic,flv,fsb,fwse,genh,gxf,h261,hca,hcom,idcin,iff,ifv,ilbc,ircam,ivf,iss,kux," +
        "live_flv,lmlm4,loas,lvf,lxf,matroska,webm,mgsts,mlp,mmf,mov,mp4,m4a,3gp,3g2,mj2,mp3,mpc,mpc8,mpeg,mpegts,msf,mtaf,mtv,musx,mv,mxf,nc,nistsphere," +
        "nsv,nut,nuv,ogg,oma,osq,paf,pmp,pva,pvf,qcp,r3d,rl2,rm,roq,rpl,rsd,rso,sbc,sds,sdx,shn,siff,smjpeg,smk,smush,sol,sox,spdif,svag,svs,swf,tak,thp," +
        "truehd,tta,ty,vag,vividas,vivo,vmd,voc,vpk,vqf,w64,wav,wc3movie,wsaud,wsd,wsvqa,wtv,wv,wve,xa,xmv,xvag,xwma,yop";

    private readonly Process _process;
    private readonly Timer _watch;
    private readonly TimeSpan _limit;
    private TimeSpan _left;
    private bool _isOverdue;

    private FfmpegProcess(Process process, FfmpegMessages messages, TimeSpan limit)
    {
        _process = process;
        Messages = messages;
        _limit = _left = limit;
        _watch = new Timer(_ =>
        {
            _isOverdue = true;
            Kill();
        });
    }

    public FfmpegMessages Messages { get; }

    public int ExitCode => _process.ExitCode;

    /// <summary>Starts a program of ffmpeg's.</summary>
    /// <param name="program"><c>ffmpeg</c> or <c>ffprobe</c>.</param>
    /// <param name="input">The file.</param>
    /// <param name="first">Arguments in front of the input.</param>
    /// <param name="last">Arguments behind it.</param>
    /// <exception cref="Win32Exception">The program is not installed or does not start.</exception>
    public static FfmpegProcess Start(string program, FfmpegInput input, IEnumerable<string> first, IEnumerable<string> last)
    {
        var start = new ProcessStartInfo
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
            CreateNoWindow = true,
        };
        IEnumerable<string> command =
        [
            Programs.Find(program) ?? throw new Win32Exception($"{program} is not installed"),
            "-hide_banner", "-loglevel", "level+info", "-protocol_whitelist", "file", "-format_whitelist", Formats,
            .. input.Format is null ? [] : (string[])["-f", input.Format], .. first, "-i", "file:" + input.Path, .. last,
        ];
        if (Programs.Keeper.Value is { } keeper)
            command = [keeper, "--pdeathsig", "KILL", "--", .. command];
        foreach (var (index, argument) in command.Index())
        {
            if (index == 0)
                start.FileName = argument;
            else
                start.ArgumentList.Add(argument);
        }

        var messages = new FfmpegMessages(input.Path);
        var process = new Process { StartInfo = start };
        process.ErrorDataReceived += (_, line) => messages.Add(line.Data);
        try
        {
            LastingThread.Run(() => process.Start());
        }
        catch
        {
            process.Dispose();
            throw;
        }
        process.BeginErrorReadLine();
        return new FfmpegProcess(process, messages, TimeSpan.FromSeconds(LeastSeconds + input.Bytes / SlowestBytesPerSecond));
    }

    /// <summary>Does what waits for the program, within what is left of its time.</summary>
    /// <exception cref="TimeoutException">The time is over; the program was ended.</exception>
    public T Wait<T>(Func<Stream, T> work)
    {
        using var watch = new Watch(this);
        var result = work(_process.StandardOutput.BaseStream);
        return watch.Checked(result);
    }

    /// <summary>Fills a buffer with what the program writes; returns how many bytes came, fewer only at the end.</summary>
    /// <exception cref="TimeoutException">The time is over; the program was ended.</exception>
    public int Read(Span<byte> buffer)
    {
        using var watch = new Watch(this);
        return watch.Checked(_process.StandardOutput.BaseStream.ReadAtLeast(buffer, buffer.Length, throwOnEndOfStream: false));
    }

    /// <summary>Waits for the end of the program and of its messages.</summary>
    /// <exception cref="TimeoutException">The time is over; the program was ended.</exception>
    public void WaitForExit() => Wait(_ =>
    {
        _process.WaitForExit();
        return true;
    });

    public void Dispose()
    {
        _watch.Dispose();
        Kill();
        _process.Dispose();
    }

    private void Kill()
    {
        try
        {
            if (_process.HasExited)
                return;
            _process.Kill(entireProcessTree: true);
            _process.WaitForExit();
        }
        catch (Exception error) when (error is InvalidOperationException or Win32Exception or AggregateException)
        {
            // It ended in between.
        }
    }

    /// <summary>A wait that uses up the time of the program.</summary>
    private readonly ref struct Watch
    {
        private readonly FfmpegProcess _owner;
        private readonly long _begun = Stopwatch.GetTimestamp();

        public Watch(FfmpegProcess owner)
        {
            _owner = owner;
            owner._watch.Change(owner._left < TimeSpan.Zero ? TimeSpan.Zero : owner._left, Timeout.InfiniteTimeSpan);
        }

        public T Checked<T>(T result) => !_owner._isOverdue ? result : throw new TimeoutException(
            string.Create(CultureInfo.InvariantCulture, $"ffmpeg was ended because it took more than {_owner._limit.TotalSeconds:0} s"));

        public void Dispose()
        {
            _owner._watch.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
            _owner._left -= Stopwatch.GetElapsedTime(_begun);
        }
    }

    private static class Programs
    {
        /// <summary>util-linux's program that has another one killed when its parent ends; <see langword="null"/> where there is none.</summary>
        public static readonly Lazy<string?> Keeper = new(() =>
            OperatingSystem.IsLinux() && Find("setpriv") is { } path && Path.GetFileName(File.ResolveLinkTarget(path, returnFinalTarget: true)?.FullName) != "busybox" ? path : null);

        // The runtime's own search looks into the current folder first, where a stranger's file may lie.
        public static string? Find(string name)
        {
            var file = OperatingSystem.IsWindows() ? name + ".exe" : name;
            return (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
                .Where(Path.IsPathFullyQualified)
                .Select(folder => Path.Combine(folder, file))
                .FirstOrDefault(File.Exists);
        }
    }

    /// <summary>The thread that starts programs. The kernel takes the end of the thread that started a program for the end of its parent.</summary>
    private static class LastingThread
    {
        private static readonly BlockingCollection<Action> Work = [];

        static LastingThread() => new Thread(static () =>
        {
            foreach (var action in Work.GetConsumingEnumerable())
                action();
        })
        { IsBackground = true, Name = "Auricle starts ffmpeg" }.Start();

        public static void Run(Action action)
        {
            var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            Work.Add(() =>
            {
                try
                {
                    action();
                    done.SetResult();
                }
                catch (Exception error)
                {
                    done.SetException(error);
                }
            });
            done.Task.GetAwaiter().GetResult();
        }
    }
}

/// <summary>The file that ffmpeg is given.</summary>
/// <param name="Path">How ffmpeg may open it.</param>
/// <param name="Name">What messages call it.</param>
/// <param name="Bytes">Its length.</param>
/// <param name="Format">ffmpeg's name of its format, or <see langword="null"/> to let it find out.</param>
internal sealed record FfmpegInput(string Path, string Name, long Bytes, string? Format);
