// An ordinary Bolt app. Says on standard output, a JSON object a line, what it heard and what it did.
const { App } = require('@slack/bolt');

const say = (what, more) => process.stdout.write(JSON.stringify({ what, ...more }) + '\n');
const { SLACK_API_URL, SLACK_BOT_TOKEN, SLACK_APP_TOKEN } = process.env;
const app = new App({ token: SLACK_BOT_TOKEN, appToken: SLACK_APP_TOKEN, socketMode: true, clientOptions: { slackApiUrl: SLACK_API_URL } });
const text = (words) => ({ type: 'plain_text', text: words });
const button = { type: 'button', action_id: 'press', text: text('Press'), value: 'js' };
const comment = { type: 'input', block_id: 'comment', label: text('Comment'), element: { type: 'plain_text_input', action_id: 'text' } };

app.command('/cx', async ({ ack, command, respond, client, body }) => {
  await ack();
  if (command.text === 'modal') {
    await client.views.open({ trigger_id: body.trigger_id, view: { type: 'modal', callback_id: 'm', title: text('Hi'), submit: text('Send'), blocks: [comment] } });
    return;
  }
  await respond({ text: `heard ${command.text}`, blocks: [{ type: 'actions', elements: [button] }] });
});
app.action('press', async ({ ack, body, respond }) => {
  await ack();
  await respond({ replace_original: true, text: `pressed ${body.actions[0].value}` });
});
app.view('m', async ({ ack, view, client, body }) => {
  await ack();
  await client.chat.postMessage({ channel: body.user.id, text: view.state.values.comment.text.value });
});
app.event('app_mention', async ({ event, client }) => {
  const file = Buffer.from('a,b\n1,2\n');
  await client.filesUploadV2({ channel_id: event.channel, file, filename: 'numbers.csv', initial_comment: 'from JavaScript' });
});

app.start().then(() => say('ready'), (problem) => { say('failed', { problem: String(problem) }); process.exit(1); });
process.stdin.on('end', async () => { await app.stop(); process.exit(0); }).resume();
