using System.Runtime.InteropServices;
using System.Text;

namespace Auricle.Cli;

/// <summary>Whoever read what a command writes has gone, as <c>head</c> does when it has seen enough.</summary>
internal sealed class BrokenPipeException(string message) : IOException(message);

/// <summary>Standard output takes nothing: it is closed, or what lies behind it is full.</summary>
internal sealed class UnwritableStreamException(string message) : IOException(message);

/// <summary>
/// The descriptors a process is started with. The console's own streams take a broken pipe for success and go on, and where a descriptor was
/// closed, its number is by now that of a file of the run-time, which must neither be read nor written.
/// </summary>
internal static partial class StandardStreams
{
    private const int GetDescriptorFlags = 1;
    private const int CloseOnExec = 1;

    /// <summary>Whether a descriptor was closed when the process began: what was inherited cannot be marked to close at the next start.</summary>
    public static bool WasClosed(int descriptor) =>
        OperatingSystem.IsLinux() && Control(descriptor, GetDescriptorFlags) is var flags && (flags < 0 || (flags & CloseOnExec) != 0);

    /// <summary>Standard output; writing to a closed one fails.</summary>
    public static TextWriter Out() => !OperatingSystem.IsLinux() ? Console.Out : Writer(new DescriptorStream(1, WasClosed(1)));

    /// <summary>Standard error; what is said there when nobody can hear it is lost, and no reason to stop.</summary>
    public static TextWriter Error() => !OperatingSystem.IsLinux() ? Console.Error : WasClosed(2) ? TextWriter.Null : Writer(new DescriptorStream(2, false));

    private static StreamWriter Writer(DescriptorStream stream) => new(stream, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false)) { AutoFlush = true };

    [LibraryImport("libc", EntryPoint = "fcntl", SetLastError = true)]
    private static partial int Control(int descriptor, int command);

    [LibraryImport("libc", EntryPoint = "write", SetLastError = true)]
    private static unsafe partial nint Write(int descriptor, byte* bytes, nint count);

    private sealed class DescriptorStream(int descriptor, bool isClosed) : Stream
    {
        private const int Interrupted = 4;
        private const int Again = 11;
        private const int BrokenPipe = 32;

        public override bool CanRead => false;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override unsafe void Write(ReadOnlySpan<byte> buffer)
        {
            if (isClosed)
                throw new UnwritableStreamException("it is closed");
            fixed (byte* bytes = buffer)
            {
                for (nint written = 0; written < buffer.Length;)
                {
                    var count = StandardStreams.Write(descriptor, bytes + written, (nint)buffer.Length - written);
                    if (count >= 0)
                    {
                        written += count;
                        continue;
                    }
                    switch (Marshal.GetLastPInvokeError())
                    {
                        case Interrupted:
                            break;
                        case Again:
                            Thread.Sleep(5);   // a reader that does not block us still has to empty the pipe
                            break;
                        case BrokenPipe:
                            throw new BrokenPipeException(Marshal.GetLastPInvokeErrorMessage());
                        default:
                            if (descriptor == 2)
                                return;
                            throw new UnwritableStreamException(Marshal.GetLastPInvokeErrorMessage());
                    }
                }
            }
        }

        public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

        public override void Flush() { }

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();
    }
}
