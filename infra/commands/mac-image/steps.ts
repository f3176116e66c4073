// How an image of macOS is made on which a user is logged in: what to type, and why.
import type { HostOffering } from '../../../shared/contract/offerings.ts';
import { hostQuotaCode, quotaLink } from '../../../shared/contract/quotas.ts';
import type { Architecture, MacOs } from '../../../shared/policy/config.ts';
import { standardMacImage } from '../../../shared/policy/images.ts';

/** What an image is wanted for. `host`: a kind and a place of hosts that the pool asks for first. */
export interface Wanted {
  pool: string;
  arch: Architecture;
  macos: MacOs;
  host: HostOffering;
  /** The user who is logged in, and runs the jobs. */
  user: string;
  diskGiB: number;
}

export interface Step {
  title: string;
  notes: string[];
  commands: string[];
}

/** In the order in which they must be done. */
export const stepsFor = (wanted: Wanted): Step[] => [
  ...machine(wanted),
  ...login(wanted),
  content,
  proof(wanted),
  ...image(wanted),
];

function machine({ host, macos, arch, diskGiB }: Wanted): Step[] {
  const { parameter } = standardMacImage(macos, arch);
  return [
    {
      title: 'A host. From now on it costs.',
      notes: [
        'The quota of each kind of hosts is 0 in a new account:',
        quotaLink(host.region, hostQuotaCode(host.quota)),
      ],
      commands: [
        `aws ec2 allocate-hosts --region ${host.region} --availability-zone ${host.zone} \\`,
        `  --instance-type ${host.type} --quantity 1 --auto-placement off`,
      ],
    },
    {
      title: 'A Mac on it. It boots for 6 to 20 minutes.',
      notes: ['With a key pair, and a security group that lets in SSH from your address only.'],
      commands: [
        `aws ec2 run-instances --region ${host.region} --instance-type ${host.type} \\`,
        `  --image-id resolve:ssm:${parameter} \\`,
        '  --placement Tenancy=host,HostId=<h-…> --subnet-id <subnet-…> --security-group-ids <sg-…> \\',
        '  --key-name <key> --metadata-options HttpTokens=required \\',
        `  --block-device-mappings 'DeviceName=/dev/sda1,Ebs={VolumeType=gp3,VolumeSize=${diskGiB}}'`,
        'ssh -i <key file> ec2-user@<its address>',
      ],
    },
  ];
}

/** https://github.com/aws/ec2-macos-init and the help of sysadminctl. */
const login = ({ user }: Wanted): Step[] => [
  {
    title: 'On the Mac: a password. EC2 macOS Init would replace it on every machine of the image.',
    notes: [
      'Every job can read it in /etc/kcpassword: take one that is used nowhere else, and close port 5900.',
      'The first command must say: FileVault is Off.',
    ],
    commands: [
      'fdesetup status',
      "sudo sed -i '' 's/RandomizePassword = true/RandomizePassword = false/' \\",
      '  /usr/local/aws/ec2-macos-init/init.toml',
      `sudo passwd ${user}`,
    ],
  },
  {
    title: 'Automatic login. The minus sign lets it ask for the password.',
    notes: [],
    commands: [`sudo sysadminctl -autologin set -userName ${user} -password -`],
  },
  {
    title: 'No lock, no screen saver, no sleep, and no update in the middle of a job.',
    notes: [],
    commands: [
      'sysadminctl -screenLock off -password -',
      'defaults -currentHost write com.apple.screensaver idleTime -int 0',
      'sudo pmset -a sleep 0 displaysleep 0 disksleep 0',
      'sudo softwareupdate --schedule off',
      'sudo defaults write /Library/Preferences/com.apple.SoftwareUpdate \\',
      '  AutomaticallyInstallMacOSUpdates -bool false',
    ],
  },
];

const content: Step = {
  title: 'What jobs need, such as Xcode: download its .xip with your Apple account, and copy it there.',
  notes: [],
  commands: [
    'xip --expand Xcode_<version>.xip && sudo mv Xcode.app /Applications/',
    'sudo xcode-select --switch /Applications/Xcode.app',
    'sudo xcodebuild -license accept && sudo xcodebuild -runFirstLaunch',
    'brew install <what else they need>',
  ],
};

const proof = ({ user }: Wanted): Step => ({
  title: 'Does it work? Restart, wait five minutes, log in by SSH again.',
  notes: [
    `The last command must say: ${user}. An agent on a Mac where it does not says so, and asks for no job.`,
  ],
  commands: ['sudo reboot', 'stat -f %Su /dev/console'],
});

const image = ({ pool, host: { region } }: Wanted): Step[] => [
  {
    title: 'The image, without your traces. It has a user with a password, so never make it public.',
    notes: [],
    commands: [
      'sudo ec2-macos-init clean -all; rm -f ~/.ssh/authorized_keys ~/.zsh_history',
      'exit',
      `aws ec2 create-image --region ${region} --instance-id <i-…> --name callsheet-${pool}-<date>`,
      `aws ec2 wait image-available --region ${region} --image-ids <ami-…>`,
    ],
  },
  {
    title: `Its id into callsheet.config.ts, in the pool '${pool}'; then deploy, and ask the doctor.`,
    notes: [
      `machine: { image: { ids: { '${region}': '<ami-…>' } } },`,
      "ladder: [{ provider: 'mac', …, windowServer: true }],",
    ],
    commands: ['npx cdk deploy --all', 'npm run doctor'],
  },
  {
    title: 'The end of the Mac, and 24 hours after its allocation that of the host: put it in your calendar.',
    notes: [
      'Callsheet never releases a host that it did not allocate. Before its time, and while it cleans itself',
      'after the Mac, EC2 refuses: a release that is in "Unsuccessful" did not happen.',
    ],
    commands: [
      `aws ec2 terminate-instances --region ${region} --instance-ids <i-…>`,
      `aws ec2 release-hosts --region ${region} --host-ids <h-…>`,
    ],
  },
];
