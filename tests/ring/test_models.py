"""--models and check: files as people have them, and what is said of those that are not right."""
import json
import os
import tempfile
import unittest

import ring

MODEL = {"owner": "acme", "name": "painter", "latest_version": {"id": "a1", "openapi_schema": {"components": {"schemas": {
    "Input": {"type": "object", "required": ["text"], "properties": {"text": {"type": "string"}}},
    "Output": {"type": "string"}}}}}}
RUN = json.dumps({"version": "a1", "input": {"text": "hello"}}).encode()


def broken(pattern="("):
    model = json.loads(json.dumps(MODEL))
    schemas = model["latest_version"]["openapi_schema"]["components"]["schemas"]
    schemas["Input"]["properties"]["text"]["pattern"] = pattern
    return model


class Models(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name

    def file(self, name, text):
        path = os.path.join(self.folder, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text if isinstance(text, str) else json.dumps(text))
        return path

    def check(self, *paths):
        result = ring.run("check", *paths)
        self.assertIsNone(ring.REPORT.search(result.stderr), result.stderr)
        return result.returncode, result.stdout

    def test_what_is_right(self):
        for text in (MODEL, [MODEL], [], [MODEL, MODEL], "\n\t " + json.dumps(MODEL) + "\n",
                     " [ \n" + json.dumps(MODEL, indent=2) + " ]  "):
            self.assertEqual(self.check(self.file("m.json", text)), (0, ""), text)

    def test_what_is_wrong_says_where(self):
        for text, line in (
                ("", "line 1, column 1: expected a value, found the end of the text"),
                ("{\n  \"owner\":,}", "line 2, column 11: expected a value after ':', found ','"),
                ("[\n" + json.dumps(MODEL) + ",\n  {\"owner\" 1}]", "line 3, column 12: expected ':' after a key, found '1'"),
                ("[" + json.dumps(MODEL) + " 5]", None),
                ("[" + json.dumps(MODEL), None),
                ("[" + json.dumps(MODEL) + "] x", None),
                ("[1]", "[0]: a model is a JSON object, as GET /v1/models/{owner}/{name} answers it"),
                ([MODEL, {"owner": "a"}], "[1].name: a model needs one, a string without a slash"),
                ([MODEL, broken()], "[1].latest_version.openapi_schema.components.schemas.Input.properties.text.pattern: "
                                    "missing closing parenthesis at offset 1"),
                (broken("a" * 257), None),
                (json.dumps(MODEL).replace("latest_version", "latest\\u005fversion"),
                 "latest_version.openapi_schema: the two keys are to be written without escapes")):
            path = self.file("m.json", text)
            code, said = self.check(path)
            self.assertEqual((code, said.count("\n")), (1, 1), said)
            self.assertTrue(said.startswith(path + ": "), said)
            if line:
                self.assertEqual(said, f"{path}: {line}\n")

    def test_all_faults_of_all_files(self):
        first, second = self.file("a.json", [{}, broken()]), self.file("b.json", "nothing")
        code, said = self.check(first, self.file("c.json", MODEL), second, os.path.join(self.folder, "none"))
        self.assertEqual(code, 1)
        self.assertEqual([line.split(": ")[0] for line in said.splitlines()],
                         [first, first, first, second, os.path.join(self.folder, "none")])

    def test_folders(self):
        for owner in ("x", "y"):
            self.file(f"models/{owner}/m.json", MODEL | {"owner": owner})
        self.file("models/README.md", "not looked at")
        self.file("models/.hidden.json", "not looked at")
        self.assertEqual(self.check(os.path.join(self.folder, "models")), (0, ""))
        self.file("models/y/z/bad.json", "{")
        self.assertEqual(self.check(os.path.join(self.folder, "models"))[0], 1)

    def test_usage(self):
        self.assertEqual(ring.run("check").returncode, 2)
        self.assertEqual(ring.run("serve", "m.json").returncode, 2)

    def test_served(self):
        path = self.file("m.json", MODEL)
        for args, env in ((("--models", path), {}), ((), {"REPLICATE_MOCK_MODELS": f"{path},{path}"})):
            with ring.Server(*ring.SOON, *args, env=env) as server:
                answer = server.ask("POST", "/v1/predictions", body=RUN)
                self.assertEqual((answer.status, answer.json()["model"]), (201, "acme/painter"))
                answer = server.ask("POST", "/v1/predictions", body=RUN.replace(b"hello", b"a").replace(b'"a"', b"5"))
                self.assertEqual((answer.status, answer.json()["detail"]),
                                 (422, "- input.text: Invalid type. Expected: string, given: integer\n"))

    def test_not_served_if_wrong(self):
        for path in (self.file("bad.json", broken()), os.path.join(self.folder, "none.json")):
            result = ring.run("--port", "0", "--models", path)
            self.assertEqual((result.returncode, result.stdout, result.stderr.count("\n")), (2, "", 1))
            self.assertIn(path, result.stderr)

    def test_unknown_models(self):
        with ring.Server("--unknown-models", "accept") as server:
            answer = server.ask("POST", "/v1/predictions", body=b'{"version":"any/thing:v1","input":{"a":[1]}}')
            self.assertEqual((answer.status, answer.json()["model"], answer.json()["version"]), (201, "any/thing", "v1"))
        self.assertEqual(ring.run("--unknown-models", "maybe").returncode, 2)
