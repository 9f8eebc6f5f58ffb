/** Starts a Trino server: what its own launcher does. */
public final class TrinoServer {
    public static void main(String[] arguments) {
        new io.trino.server.Server().start(arguments[0]);
    }
}
