package dev.procession.launch;

import static org.assertj.core.api.Assertions.assertThat;

import dev.procession.os.OwnEnvironment.Variable;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SecretsTest {

    private static final String VALUE = "s3cr3t-Value";

    private static Secrets of(String value) {
        return Secrets.of(List.of(), Map.of("PASSWORD", value));
    }

    private static List<String> masked(String command) {
        return Secrets.maskArguments(List.of(command.split(" ")));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "PASSWORD",
                "password",
                "dbPassword",
                "db.password",
                "PGPASSWORD",
                "DB_PASSWD",
                "MYSQL_PWD",
                "dbPwd",
                "pwd",
                "KEY_PASSPHRASE",
                "passPhrase",
                "PASSWORD2",
                "DB_PASSWORD_OLD",
                "RABBITMQ_DEFAULT_PASS",
                "keypass",
                "GITHUB_TOKEN",
                "authToken",
                "AUTHTOKEN",
                "oauth2Token",
                "RESET_TOKEN",
                "CLIENT_SECRET",
                "clientsecret",
                "SECRET_KEY_BASE",
                "AWS_SECRET_ACCESS_KEY",
                "AWS_ACCESS_KEY_ID",
                "AZURE_STORAGE_ACCOUNT_KEY",
                "OPENAI_API_KEY",
                "apikey",
                "x-api-key",
                "APIKey",
                "PRIVATE_KEY",
                "encryption.key",
                "JWT_SIGNING_KEY",
                "DB_CREDENTIALS",
                "credential",
                "REDISCLI_AUTH",
                "requirepass",
                "masterauth",
                "Authorization"
            })
    void aVariableWithSuchANameHoldsASecret(String name) {
        Secrets secrets = Secrets.of(List.of(), Map.of(name, VALUE));

        assertThat(secrets.mask("It is " + VALUE + ".")).isEqualTo("It is ***.");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "PWD",
                "OLDPWD",
                "HOME",
                "JAVA_HOME",
                "PATH",
                "KEY",
                "KEYBOARD",
                "MONKEY",
                "SORT_KEY",
                "PUBLIC_KEY",
                "KEY_FILE",
                "API_KEY_FILE",
                "PASSWORD_FILE",
                "SECRETS_PATH",
                "SECRETS_DIR",
                "TOKEN_URL",
                "passwordFile",
                "passwordfile",
                "TOKENIZERS_PARALLELISM",
                "MAX_TOKENS",
                "TOKEN_TTL",
                "PASSWORD_MIN_LENGTH",
                "SECRET_NAME",
                "ALLOW_EMPTY_PASSWORD",
                "SSH_ASKPASS",
                "GIT_ASKPASS",
                "SSH_AUTH_SOCK",
                "XAUTHORITY",
                "COMPASS",
                "PASS_THROUGH",
                "SECRETARY",
                "AUTHOR",
                "KEYSTORE",
                "keyfile",
                "_",
                "42"
            })
    void aVariableWithAnotherNameDoesNot(String name) {
        Secrets secrets = Secrets.of(List.of(), Map.of(name, VALUE));

        assertThat(secrets.mask("It is " + VALUE + ".")).isEqualTo("It is " + VALUE + ".");
    }

    @ParameterizedTest
    @CsvSource(textBlock = """
                    GOOGLE_APPLICATION_CREDENTIALS, /home/me/key.json,  false
                    GOOGLE_APPLICATION_CREDENTIALS, ./key.json,         false
                    SSH_PRIVATE_KEY,                ~/.ssh/id_ed25519,  false
                    SSH_PRIVATE_KEY,                C:\\keys\\id,       false
                    SSH_PRIVATE_KEY,                MIIEvQIBADANBg,     true
                    PRIVATE_KEY_PASSPHRASE,         /slash/first,       true
                    API_TOKEN,                      /Base64/WithSlash=, true
                    """)
    void keysAndCredentialsMayBeFiles(String name, String value, boolean secret) {
        assertThat(Secrets.of(List.of(), Map.of(name, value)).mask(value)).isEqualTo(secret ? "***" : value);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
                    app --password=V                                | app --password=***
                    app --password V                                | app --password ***
                    app -password V                                 | app -password ***
                    app --password -V                               | app --password ***
                    app --password --port 1                         | app --password --port 1
                    app --password -v                               | app --password -v
                    app --password                                  | app --password
                    app --password=                                 | app --password=
                    app --no-password V                             | app --no-password V
                    java -Dx.password=V -Dpass=V -jar V             | java -Dx.password=*** -Dpass=*** -jar V
                    app password=V KEY=V API_KEY=V                  | app password=*** KEY=V API_KEY=***
                    app --password=${env:PW} --token @{env:T}       | app --password=${env:PW} --token @{env:T}
                    redis-server --requirepass V --port 1           | redis-server --requirepass *** --port 1
                    redis-server --masterauth V                     | redis-server --masterauth ***
                    app redis://user:V@host:1/0 redis://:V@host     | app redis://user:***@host:1/0 redis://:***@host
                    app --url=redis://user:V@host                   | app --url=redis://user:***@host
                    app redis://user@host http://host:80/a@b        | app redis://user@host http://host:80/a@b
                    app amqp://a:V@h,amqp://b:V@h                   | app amqp://a:***@h,amqp://b:***@h
                    app postgresql://u:V@V@h                        | app postgresql://u:***@h
                    app --db=jdbc:postgresql://h/d?password=V&ssl=1 | app --db=jdbc:postgresql://h/d?password=***&ssl=1
                    app {"user":"u","password":"V"}                 | app {"user":"u","password":"***"}
                    app -p 8080 --keyfile /x --key /y               | app -p 8080 --keyfile /x --key /y
                    app --private-key /x --private-key V            | app --private-key /x --private-key ***
                    app -v secret:/run --secret-file=/x             | app -v secret:/run --secret-file=/x
                    app -password=V=W                               | app -password=***
                    token V                                         | token V
                    app --token true                                | app --token ***
                    app *** V                                       | app *** V
                    """)
    void argumentsAreMaskedByTheirPlace(String command, String masked) {
        assertThat(String.join(" ", masked(command.replace("V", VALUE)))).isEqualTo(masked.replace("V", VALUE));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
                    PASSWORD=V exec app               | PASSWORD=*** exec app
                    export PASSWORD='V W'; app        | export PASSWORD='***'; app
                    PASSWORD="V W" app                | PASSWORD="***" app
                    PASSWORD=$PW TOKEN="$T" app       | PASSWORD=$PW TOKEN="$T" app
                    PASSWORD='$PW' app                | PASSWORD='***' app
                    app --password V; app --token=V&  | app --password ***; app --token=***&
                    app --password --token -x         | app --password --token -x
                    curl -H 'Authorization: Bearer V' | curl -H 'Authorization: Bearer ***'
                    echo Password: V                  | echo Password: V
                    """)
    void inAScriptOnlyTheValuesAreMasked(String script, String masked) {
        assertThat(Secrets.maskArguments(List.of("sh", "-c", script.replace("V", VALUE))))
                .containsExactly("sh", "-c", masked.replace("V", VALUE));
    }

    @Test
    void anArgumentIsMaskedWithAllItsBlanksAndQuotes() {
        assertThat(Secrets.maskArguments(List.of("app", "--password=a 'b' c", "TOKEN=d e", "--secret", "f\ng", "h i")))
                .containsExactly("app", "--password=***", "TOKEN=***", "--secret", "***", "h i");
    }

    @Test
    void headersAreMasked() {
        assertThat(Secrets.maskArguments(List.of("curl", "-H", "X-Api-Key: abcd", "-HAuthorization: Basic dTpw")))
                .containsExactly("curl", "-H", "X-Api-Key: ***", "-HAuthorization: Basic ***");
    }

    @Test
    void secretsInArgumentsAreReplacedElsewhere() {
        Secrets secrets = Secrets.of(
                List.of(
                        "app",
                        "--password",
                        "first-1",
                        "-Dtoken=second-2",
                        "redis://me:third-3@host",
                        "--port",
                        "4711"),
                Map.of());

        assertThat(secrets.mask("first-1second-2third-3 4711")).isEqualTo("********* 4711");
    }

    @Test
    void secretsInsideOfTheValuesOfVariablesCount() {
        Secrets secrets = Secrets.of(
                List.of(),
                Map.of(
                        "JAVA_TOOL_OPTIONS", "-Xmx1g -Ddb.password=first-1",
                        "DATABASE_URL", "postgres://me:second-2@host/db"));

        assertThat(secrets.mask("-Xmx1g, first-1, second-2, me")).isEqualTo("-Xmx1g, ***, ***, me");
    }

    @Test
    void theLongestIsReplacedFirst() {
        Secrets secrets = Secrets.of(List.of(), Map.of("A_TOKEN", "abcd-1", "B_TOKEN", "abcd-1-efgh"));

        assertThat(secrets.mask("abcd-1-efgh abcd-1-efg")).isEqualTo("*** ***-efg");
    }

    @Test
    void theFormThatUrlsHaveIsReplacedToo() {
        assertThat(of("p@ss wörd").mask("p@ss wörd, p%40ss%20w%C3%B6rd, p%40ss+w%C3%B6rd"))
                .isEqualTo("***, ***, ***");
        assertThat(Secrets.of(List.of("app", "redis://:p%40ss+word@host"), Map.of())
                        .mask("p%40ss+word p@ss+word"))
                .isEqualTo("*** ***");
    }

    @Test
    void whatOnlyLooksEncodedIsReplacedAsItIs() {
        assertThat(of("100%safe").mask("100%safe")).isEqualTo("***");
    }

    @Test
    void aKeyOfSeveralLinesIsReplacedLineByLine() {
        Secrets secrets = Secrets.of(List.of(), Map.of("PRIVATE_KEY", "-----BEGIN-----\nMIIEvQIB\nADANBgkq\n"));

        assertThat(secrets.mask("key:\n    -----BEGIN-----\n    MIIEvQIB\n    ADANBgkq\n"))
                .isEqualTo("key:\n    ***\n    ***\n    ***\n");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " ", "a", "abc", "123", "true", "TRUE", "test", "root", "password"})
    void whatIsFoundEverywhereIsMaskedInItsPlaceOnly(String value) {
        String text = "a abc 123 true TRUE test root password";

        assertThat(of(value).mask(text)).isEqualTo(text);
        assertThat(Secrets.maskArguments(List.of("app", "--token", value)))
                .containsExactly("app", "--token", value.isEmpty() ? "" : "***");
    }

    @Test
    void whatTheNameShowsIsNotHidden() {
        String text = "postgres is up";

        assertThat(Secrets.of(List.of(), Map.of("POSTGRES_PASSWORD", "postgres"))
                        .mask(text))
                .isEqualTo(text);
        assertThat(Secrets.of(List.of("x", "postgres://postgres:postgres@host"), Map.of())
                        .mask(text))
                .isEqualTo(text);
        assertThat(Secrets.of(List.of("/usr/bin/postgres", "--password=postgres"), Map.of())
                        .mask(text))
                .isEqualTo(text);
    }

    @Test
    void aShortWordIsReplacedOnlyAsAWord() {
        assertThat(of("1234").mask("1234, 12345, x1234, pw=1234;")).isEqualTo("***, 12345, x1234, pw=***;");
        assertThat(of("kitten").mask("kitten kittens \"kitten\" my_kitten")).isEqualTo("*** kittens \"***\" my_***");
        assertThat(of("h4nter2").mask("\\nh4nter2x")).isEqualTo("\\n***x");
        assertThat(of("letmeinplease").mask("xletmeinpleasex")).isEqualTo("x***x");
    }

    @Test
    void whatMeansSomethingInRegularExpressionsIsReplaced() {
        assertThat(of("a.b*\\E$1").mask("a.b*\\E$1 axbb")).isEqualTo("*** axbb");
    }

    @Test
    void nothingIsKnownOfNobody() {
        assertThat(Secrets.NONE.mask("anything")).isEqualTo("anything");
        assertThat(Secrets.of(List.of(), Map.of())).isSameAs(Secrets.NONE);
        assertThat(Secrets.maskArguments(List.of())).isEmpty();
    }

    @Test
    void itDoesNotShowThem() {
        assertThat(of(VALUE)).hasToString("secrets");
        assertThat(Secrets.NONE).hasToString("no secrets");
    }

    @Test
    void longArgumentsAreNoProblem() {
        for (String part : List.of("a", "=", "a=", "a=\"", "password=\"", "://a:", "-", "--a ", "\"a\" : ", " ")) {
            String argument = part.repeat(20_000);

            assertThat(Secrets.maskArguments(List.of("sh", "-c", argument))).hasSize(3);
            assertThat(Secrets.maskArguments(List.of(argument, argument))).hasSize(2);
            Secrets.of(List.of(), Map.of("X", argument));
        }
    }

    private static byte[] copied(Secrets secrets, byte[] bytes, long lead, long most) throws IOException {
        ByteArrayOutputStream copy = new ByteArrayOutputStream();
        secrets.copyMasked(new ByteArrayInputStream(bytes), lead, most, copy);
        return copy.toByteArray();
    }

    @Test
    void otherBytesAreCopiedAsTheyAre() throws IOException {
        byte[] bytes = new byte[200_000];
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = (byte) (i % 257);
        }

        assertThat(copied(of(VALUE), bytes, 0, Long.MAX_VALUE)).isEqualTo(bytes);
        assertThat(copied(Secrets.NONE, bytes, 0, Long.MAX_VALUE)).isEqualTo(bytes);
        assertThat(copied(of(VALUE), bytes, 0, 100_000)).isEqualTo(Arrays.copyOf(bytes, 100_000));
        assertThat(copied(of(VALUE), bytes, 0, 0)).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"s3cr3t-Value", "pässwörd", "kitten"})
    void aSecretIsFoundWhereverABufferEnds(String value) throws IOException {
        Secrets secrets = of(value);
        // Around both the size of the buffer and what it holds beyond that.
        for (int before = 64 * 1024 - 30; before < 64 * 1024 + 60; before++) {
            byte[] bytes = (".".repeat(before) + value + ". " + value).getBytes(StandardCharsets.UTF_8);

            assertThat(new String(copied(secrets, bytes, 0, bytes.length), StandardCharsets.UTF_8))
                    .as("with " + before + " before")
                    .isEqualTo(".".repeat(before) + "***. ***");
        }
    }

    @Test
    void aWordIsNoWordWhereverABufferEnds() throws IOException {
        for (int before = 64 * 1024 - 30; before < 64 * 1024 + 60; before++) {
            byte[] bytes = (".".repeat(before) + "xkitten kittens").getBytes(StandardCharsets.UTF_8);

            assertThat(copied(of("kitten"), bytes, 0, bytes.length))
                    .as("with " + before + " before")
                    .isEqualTo(bytes);
        }
    }

    @Test
    void manySecretsInARowAreFound() throws IOException {
        byte[] bytes = VALUE.repeat(50_000).getBytes(StandardCharsets.UTF_8);

        assertThat(new String(copied(of(VALUE), bytes, 0, bytes.length), StandardCharsets.UTF_8))
                .isEqualTo("***".repeat(50_000));
    }

    @Test
    void aSecretThatIsLongerThanABufferIsFound() throws IOException {
        String value = IntStream.range(0, 30_000).mapToObj(Integer::toString).collect(Collectors.joining());
        byte[] bytes = ("a" + value + "b" + value).getBytes(StandardCharsets.UTF_8);

        assertThat(new String(copied(of(value), bytes, 0, bytes.length), StandardCharsets.UTF_8))
                .isEqualTo("a***b***");
    }

    @Test
    void aSecretThatBeginsInTheLeadIsRecognised() throws IOException {
        byte[] bytes = ("ab " + VALUE + " cd").getBytes(StandardCharsets.UTF_8);

        assertThat(copied(of(VALUE), bytes, 8, bytes.length)).asString().isEqualTo("*** cd");
        assertThat(copied(of(VALUE), bytes, 3, bytes.length)).asString().isEqualTo("*** cd");
        assertThat(copied(of(VALUE), bytes, 2, bytes.length)).asString().isEqualTo(" *** cd");
        assertThat(copied(of(VALUE), bytes, 3 + VALUE.length(), bytes.length))
                .asString()
                .isEqualTo(" cd");
    }

    private static Variable latin1(String variable) {
        return new Variable(variable.getBytes(StandardCharsets.ISO_8859_1));
    }

    @Test
    void whatIsInheritedNeedNotBeUtf8() throws IOException {
        Secrets secrets = Secrets.of(
                List.of(), List.of(latin1("DB_PASSWORD=p\u00e4ss wort"), latin1("URL=redis://u:gr\u00fcn@h")));
        byte[] bytes = "<p\u00e4ss wort> <gr\u00fcn> <p%E4ss%20wort> <p\u00e4ss>".getBytes(StandardCharsets.ISO_8859_1);

        assertThat(secrets.mask(new String(bytes, StandardCharsets.UTF_8))).isEqualTo("<***> <***> <***> <p\ufffdss>");
        assertThat(copied(secrets, bytes, 0, bytes.length))
                .isEqualTo("<***> <***> <***> <p\u00e4ss>".getBytes(StandardCharsets.ISO_8859_1));
    }

    @ParameterizedTest
    @CsvSource({"äö€, false", "äö€ü, true"})
    void lengthsAreThoseOfTexts(String value, boolean secret) {
        assertThat(of(value).mask(value)).isEqualTo(secret ? "***" : value);
    }
}
